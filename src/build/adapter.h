// LoRA adapters in a build: what ADAPTER names, as layers of the store, and in the form that a
// target takes (docs/reference/adapters.md).
//
// Errors: those of the readers, converters and the store; NotFound for what is not there,
// InvalidArgument for one of another base model, naming the matrix and both shapes.
// Thread rule: free functions over values.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "build/context.h"
#include "build/model_files.h"
#include "content/layer.h"
#include "content/manifest.h"
#include "tensor/adapter_conversion.h"
#include "tensor/hf_config.h"

namespace tegula::build {

// The folder of a pack that has adapters which are folders: "adapters/<name>/…".
inline constexpr std::string_view kAdaptersFolder = "adapters";

// What ADAPTER names, where it lies: a GGUF file, or the configuration and the weights of a folder.
struct AdapterFiles {
  tensor::AdapterForm form = tensor::AdapterForm::Gguf;
  std::string name;                       // of what is made from it: "support" of "./support.gguf"
  std::vector<FoundFile> files;           // the weights last
  std::string origin = "file";            // for the lock
  os::Path folder = {};                   // that the files are in; empty: they came from elsewhere
  std::optional<tensor::Gguf> gguf = {};  // the header of a GGUF file
  std::shared_ptr<content::Lease> lease = {};  // keeps what came from elsewhere until it is used
};

// An adapter in the store.
struct StoredAdapter {
  tensor::AdapterForm form = tensor::AdapterForm::Gguf;
  std::vector<StoredFile> files;  // the weights last
  double scale = 1;               // that the engine is told

  std::string file() const { return std::string(content::file_path(files.back().layer)); }
  std::string path() const;  // what ADAPTER names in a pack: the file, or its folder
  std::string name() const;  // "support"
};

// What an adapter is held against.
struct AdapterBase {
  std::optional<tensor::Gguf> gguf = {};  // the header of a GGUF file
  std::string config = {};                // of safetensors: config.json

  Result<tensor::HfConfig> shapes() const;
};
Result<AdapterBase> adapter_base_of(const ModelFiles& model, const BuildContext& context);

tensor::AdapterForm adapter_form(Format target);

// A file or a folder beside the Modelfile, or on a hub. Of a GGUF file the header is read.
Result<AdapterFiles> find_adapter(const std::string& written, const os::Path& folder,
                                  const BuildContext& context);

// Whether it is one of this base, as far as that can be said before its files are stored.
Result<void> check_adapter_fits(const AdapterFiles& adapter, const AdapterBase& base,
                                const BuildContext& context);

struct AdapterImport {
  double scale = 1;
  bool in_place = false;  // no pack will hold the files: leave them where they are
  WallTime modified{};
};
Result<StoredAdapter> import_adapter(const AdapterFiles& adapter, const AdapterImport& request,
                                     content::Lease& lease, const BuildContext& context);

struct AdapterConversion {
  const StoredAdapter& source;
  tensor::AdapterForm form;
  const AdapterBase& base;
  WallTime modified{};
};

// A GGUF adapter stays as it is for the engine, which takes the scale too. One in another form is
// checked against the base, and stays as it is if it has that form and no scale beside it.
Result<StoredAdapter> convert_adapter(const AdapterConversion& request, content::Lease& lease,
                                      const BuildContext& context);

// The adapter that a pack's tegula.json names.
Result<StoredAdapter> adapter_of_pack(const content::Manifest& manifest,
                                      const content::AdapterUse& use);

// What tegula.json says of them.
std::vector<content::AdapterUse> uses_of(const std::vector<StoredAdapter>& adapters);

}  // namespace tegula::build

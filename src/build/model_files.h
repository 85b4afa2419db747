// The files that are a model, in one format, as layers in the store. Each passes our own reader
// before anything is stored.
//
// Thread rule: free functions over values.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "build/context.h"
#include "build/pack_folder.h"
#include "content/descriptor.h"
#include "tensor/gguf.h"
#include "tensor/model_check.h"
#include "tensor/model_info.h"

namespace tegula::build {

enum class Format { Gguf, Safetensors, Mlx };

std::string_view format_name(Format format);  // "gguf", "safetensors", "mlx"

struct StoredFile {
  content::Descriptor layer;
  content::ImportWay way = content::ImportWay::AlreadyThere;
};

struct ModelFiles {
  Format format = Format::Gguf;
  std::vector<StoredFile> files;  // one GGUF file; or config and tokenizer, safetensors, licence
  std::string main;               // the one that tegula.json names: the weights, or their index
  tensor::ModelInfo info;
  std::optional<tensor::Gguf> gguf;  // the header of a GGUF file
};

struct ImportRequest {
  os::Path path = {};
  std::string name = {};  // in the pack
  tensor::ModelFileKind kind = tensor::ModelFileKind::Model;
  bool in_place = false;
  std::optional<content::Digest> expected = {};
  WallTime modified{};  // SOURCE_DATE_EPOCH
};

// A GGUF file, read strictly and not stored.
Result<tensor::Gguf> look_at(const os::Path& path, tensor::ModelFileKind kind,
                             const BuildContext& context);

// Reads the GGUF strictly, then stores it. Corrupt if its digest is not the expected one.
Result<ModelFiles> import_gguf(const ImportRequest& request, content::Lease& lease,
                               const BuildContext& context);

// A folder of safetensors: the files that are the model, and no others. `name` is not used.
Result<ModelFiles> import_folder(const ImportRequest& request, content::Lease& lease,
                                 const BuildContext& context);

// The same of files that lie anywhere. `path` and `name` are not used.
Result<ModelFiles> import_found(const std::vector<FoundFile>& found, const ImportRequest& request,
                                content::Lease& lease, const BuildContext& context);

// How files came from the uploads into the store is of no interest: they were made.
void mark_as_made(std::vector<StoredFile>& files);
Result<ModelFiles> made(Result<ModelFiles> model);

// One file as a layer of that type, as it is. Corrupt if its digest is not the expected one.
Result<StoredFile> import_layer(const ImportRequest& request, std::string_view type,
                                content::Lease& lease, const BuildContext& context);

// "qwen3-8b" of "hf.co/qwen/Qwen3-8B:Q4_K_M", "models/qwen3-8b/" and "qwen3-8b.gguf": what the
// recipe calls a model or an adapter, so that the place it lies in does not count.
std::string model_name(const std::string& written, std::string_view otherwise = "model");

// The model of a pack in the store, whose tegula.json names `main`.
Result<ModelFiles> files_of_pack(const content::Manifest& manifest,
                                 const content::RuntimeSettings& settings,
                                 const BuildContext& context);

// Files of one model that are in the store, in their order. They are verified.
Result<ModelFiles> files_of_layers(std::vector<StoredFile> files, Format format,
                                   const BuildContext& context);

// The files as a folder for its readers. Borrows the context.
PackFolder folder_of(const ModelFiles& model, const BuildContext& context);

}  // namespace tegula::build

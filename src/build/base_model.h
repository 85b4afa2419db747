// What FROM and ADAPTER name: a GGUF file, a folder with one in it, a model of the store, or a
// model that another program keeps. Each passes our own reader before anything is stored.
//
// Thread rule: free functions.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/progress.h"
#include "base/stop.h"
#include "build/lock.h"
#include "build/provenance.h"
#include "build/recipe.h"
#include "content/manifest.h"
#include "content/store.h"
#include "tensor/gguf.h"
#include "tensor/model_info.h"

namespace tegula::build {

// A model that another program keeps on this machine, whose files stay where they are; or one from
// elsewhere that has been brought into the store.
struct FoundModel {
  std::optional<content::Digest> pack = {};  // a whole Modelpack of the store; nothing else counts
  os::Path model = {};
  std::string file_name = {};               // for the pack: "qwen3-8b-q4_k_m.gguf"
  std::optional<content::Digest> expected;  // what its keeper says the file's digest is
  std::vector<os::Path> adapters;
  std::string chat_template;  // Jinja or Go; empty: the model's own
  std::string system;
  std::vector<std::string> licenses;
  std::vector<content::Message> messages;
  std::map<std::string, content::Parameter> parameters;
  std::string origin = {};  // where it is from, for the lock; empty: its name's first part
  std::shared_ptr<content::Lease> lease = {};  // keeps what was brought in until it is used
};

// Asked for names that are neither a file nor in the store; nothing if nobody keeps such a model.
using ModelFinder = std::function<Result<std::optional<FoundModel>>(const std::string& name)>;

struct BuildContext {
  content::Store& store;
  os::FileSystem& files;
  os::Path home;  // for "~/"
  ModelFinder find;
  std::function<BuilderInfo()> builder;  // asked only when a record is written
  Progress& progress;
  Stop stop;
};

// A weight file that is in the store now, as a layer.
struct StoredWeights {
  content::Descriptor layer;
  content::ImportWay way = content::ImportWay::AlreadyThere;
  tensor::Gguf gguf;
  tensor::ModelInfo info;
};

// A model to build on: its weights, and what it brings along.
struct BaseModel {
  StoredWeights weights;
  content::RuntimeSettings settings = {};  // file paths are those of the layers below
  std::vector<content::Descriptor> adapters = {};
  std::optional<content::Descriptor> draft = {};
  std::string chat_template = {};  // Jinja
  std::vector<std::string> licenses = {};
  std::vector<LockInput> inputs = {};
};

struct BaseRequest {
  std::string from;  // as the recipe has it
  os::Path folder;   // where relative paths start
  WallTime modified{};
  const Lock* lock = nullptr;  // names of the store lead to what it says; may be none
};

struct ImportRequest {
  os::Path path;
  std::string name;  // in the pack
  tensor::ModelFileKind kind = tensor::ModelFileKind::Model;
  bool in_place = false;
  std::optional<content::Digest> expected;
  WallTime modified{};  // SOURCE_DATE_EPOCH
};

// A GGUF file, read strictly and not stored.
Result<tensor::Gguf> look_at(const os::Path& path, tensor::ModelFileKind kind,
                             const BuildContext& context);

// The same for what FROM names; nothing if that is no file.
Result<std::optional<tensor::Gguf>> look_at_base(const std::string& from, const os::Path& folder,
                                                 const BuildContext& context);

// Reads the GGUF strictly, then stores it. Corrupt if its digest is not the expected one.
Result<StoredWeights> import_weights(const ImportRequest& request, content::Lease& lease,
                                     const BuildContext& context);

// The base model that FROM names.
Result<BaseModel> find_base(const BaseRequest& request, content::Lease& lease,
                            const BuildContext& context);

// The base model that a pack in the store makes.
Result<BaseModel> base_of_pack(const content::Digest& digest, const BuildContext& context);

// An absolute path: "~/" is the home folder, the rest starts at `folder`.
os::Path resolve_path(const std::string& written, const os::Path& folder, const os::Path& home);

}  // namespace tegula::build

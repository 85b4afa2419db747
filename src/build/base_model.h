// What FROM names: a GGUF file, a folder of safetensors, a model of the store, or a model that
// another program keeps.
//
// Thread rule: free functions.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "build/adapter.h"
#include "build/context.h"
#include "build/lock.h"
#include "build/model_files.h"

namespace tegula::build {

// A model to build on: its files, and what it brings along.
struct BaseModel {
  ModelFiles model;
  content::RuntimeSettings settings = {};  // without adapters
  std::vector<StoredAdapter> adapters = {};
  std::optional<content::Descriptor> draft = {};
  std::string chat_template = {};  // Jinja
  std::string go_template = {};    // that it was made from; empty: none
  std::vector<std::string> licenses = {};
  std::vector<LockInput> inputs = {};
};

struct BaseRequest {
  std::string from;  // as the recipe has it
  os::Path folder;   // where relative paths start
  WallTime modified{};
  const Lock* lock = nullptr;  // names of the store lead to what it says; may be none
  bool in_place = false;       // no pack will hold the files: leave them where they are
};

// The GGUF file or the folder of safetensors that FROM names; nothing if there is no such path.
struct LocalModel {
  os::Path path;  // through links
  Format format = Format::Gguf;
  os::Path named = {};  // of a GGUF file: where it is called what the pack calls it
};
Result<std::optional<LocalModel>> find_local(const std::string& from, const os::Path& folder,
                                             const BuildContext& context);

// The base model that FROM names.
Result<BaseModel> find_base(const BaseRequest& request, content::Lease& lease,
                            const BuildContext& context);

// The base model that a pack in the store makes.
Result<BaseModel> base_of_pack(const content::Digest& digest, const BuildContext& context);

}  // namespace tegula::build

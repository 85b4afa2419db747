// What Hugging Face caches and LM Studio folders have in common: a folder of GGUF files, and a
// choice among them. Inside of this folder only.
#pragma once

#include "source/foreign_path.h"
#include "source/foreign_store.h"

namespace tegula::source {

// A folder of files, in a store. `name` is without a choice: "hf/org/repo".
struct ModelFolder {
  ForeignKind kind;
  os::Path root;  // of the store
  os::Path path;
  std::string name;
  std::string revision;
};

// Hugging Face names a large file's blob by its SHA-256.
std::optional<content::Digest> stated_digest(ForeignKind kind, const os::Path& real_path);

void add_entries(const os::FileSystem& fs, const ModelFolder& folder, ForeignListing& listing);

Result<ForeignModel> model_in(const os::FileSystem& fs, const ModelFolder& folder,
                              std::string_view choice);

}  // namespace tegula::source

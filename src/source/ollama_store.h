// An Ollama store: manifests/<host>/<namespace>/<model>/<tag> and blobs/sha256-<hex>. Inside of
// this folder only.
#pragma once

#include "source/foreign_store.h"

namespace tegula::source {

Result<ForeignListing> list_ollama(const os::FileSystem& fs, const os::Path& root);

// `path` is "[<host>/][<namespace>/]<model>"; an empty tag is "latest".
Result<ForeignModel> find_ollama(const os::FileSystem& fs, const os::Path& root,
                                 std::string_view path, std::string_view tag);

}  // namespace tegula::source

// A Hugging Face cache: models--<org>--<repo>/{refs/<name>, snapshots/<commit>/<file>, blobs/<id>},
// snapshots being links into blobs. Inside of this folder only.
#pragma once

#include "source/foreign_store.h"

namespace tegula::source {

Result<ForeignListing> list_hugging_face(const os::FileSystem& fs, const os::Path& root);

// `path` is "<org>/<repo>" or "<repo>".
Result<ForeignModel> find_hugging_face(const os::FileSystem& fs, const os::Path& root,
                                       std::string_view path, std::string_view choice);

}  // namespace tegula::source

// An LM Studio folder: <publisher>/<repo>/<file>.gguf. Inside of this folder only.
#pragma once

#include "source/foreign_store.h"

namespace tegula::source {

Result<ForeignListing> list_lm_studio(const os::FileSystem& fs, const os::Path& root);

// `path` is "<publisher>/<repo>".
Result<ForeignModel> find_lm_studio(const os::FileSystem& fs, const os::Path& root,
                                    std::string_view path, std::string_view choice);

}  // namespace tegula::source

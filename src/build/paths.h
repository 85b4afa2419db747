// Paths as a Modelfile writes them.
//
// Thread rule: free functions.
#pragma once

#include <string>

#include "base/result.h"
#include "os/file_system.h"

namespace tegula::build {

// An absolute path: "~/" is the home folder, the rest starts at `folder`.
os::Path resolve_path(const std::string& written, const os::Path& folder, const os::Path& home);

// Through links, as in the cache of a model hub. NotFound if it leads nowhere.
Result<os::Path> real_path(const os::Path& path);

}  // namespace tegula::build

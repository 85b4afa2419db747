// What killed writers have left in a folder of ours.
//
// Thread rule: a free function.
#pragma once

#include "os/file_system.h"

namespace tegula::logserver {

// Nobody may be at work in the folder.
Result<void> remove_temporaries(os::FileSystem& fs, const os::Path& folder);

}  // namespace tegula::logserver

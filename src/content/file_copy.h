// Copies a file so that it has its final name only when all of it is on the disk; its blocks are
// shared where the disk can. The folder's own entry is left to the caller to sync.
//
// Errors: what the file system says, Cancelled. Thread rule: blocks the caller.
#pragma once

#include "base/progress.h"
#include "base/stop.h"
#include "os/file_system.h"

namespace tegula::content {

Result<void> copy_durably(os::FileSystem& fs, const os::File& from, const os::Path& to,
                          Progress& progress, const Stop& stop);

}  // namespace tegula::content

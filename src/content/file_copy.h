// Copies files; their blocks are shared where the disk can.
//
// Errors: what the file system says, Cancelled. Thread rule: blocks the caller.
#pragma once

#include "base/progress.h"
#include "base/stop.h"
#include "os/file_system.h"

namespace tegula::content {

// To a new file, of which nothing is synced.
Result<void> copy_file(os::FileSystem& fs, const os::File& from, const os::Path& to,
                       Progress& progress, const Stop& stop);

// It has its final name only when all of it is on the disk. The folder's own entry is left to the
// caller to sync.
Result<void> copy_durably(os::FileSystem& fs, const os::File& from, const os::Path& to,
                          Progress& progress, const Stop& stop);

}  // namespace tegula::content

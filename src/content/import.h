// Files become blobs. A file is read once: its digest and its tree are made together.
//
// How the bytes get in, in this order: a reflink where the file system can; else a hard link, only
// to a file of 16 KiB or more that the user owns, whose write permission is then taken away, and
// the result says so; else a copy. What was hashed is what is stored: the reflink or the copy
// itself is hashed, and a hard-linked file must not change meanwhile.
//
// Errors: Unavailable if the file changes while it is read, DiskFull, what the file system says.
// Thread rule: thread-safe; a Lease belongs to one thread at a time.
#pragma once

#include "base/progress.h"
#include "base/stop.h"
#include "content/blob_store.h"

namespace tegula::content {

struct ImportOptions {
  bool in_place = false;        // leave the bytes where they are and remember the path
  bool allow_hard_link = true;  // else reflink or copy
};

// Leaves nothing behind when it fails, and the file as it was.
Result<StoredBlob> import_file(const StoreContext& store, const os::Path& path, Lease& lease,
                               const ImportOptions& options, Progress& progress, const Stop& stop);

}  // namespace tegula::content

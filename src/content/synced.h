// What is there already survives a crash as well. Whoever put it there may have been killed before
// syncing its name, so whatever is acknowledged without writing it comes by here.
//
// Errors: what the file system says. Thread rule: free functions, thread-safe.
#pragma once

#include <vector>

#include "content/descriptor.h"
#include "content/store_context.h"

namespace tegula::content {

// A file in the store, and all folders from the store's down to it.
Result<void> sync_name(const StoreContext& store, const os::Path& path);

// What is there of blobs and their trees. Once for all of a manifest's, each folder once, so that
// put_bytes and import_file need not.
Result<void> sync_blobs(const StoreContext& store, const std::vector<const Descriptor*>& blobs);

// All names in a folder of the store and below it. It need not be there.
Result<void> sync_folders(const StoreContext& store, const os::Path& folder);

// The store's own folder, and those above it as far as they can be synced.
Result<void> sync_root(const StoreContext& store);

// Whether a sync failed because nobody can write there, or because the file system knows no sync:
// then there is nothing to lose.
bool has_no_sync(const Error& error);

}  // namespace tegula::content

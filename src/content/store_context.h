// What every part of the store works with. The parts are free functions over it; class Store is
// their face.
//
// Thread rule: thread-safe, as its members are.
#pragma once

#include "base/clock.h"
#include "base/random.h"
#include "content/layout.h"
#include "os/file_system.h"

namespace tegula::content {

struct StoreContext {
  os::FileSystem& fs;
  const Clock& clock;
  Random& random;
  Layout layout;
};

using StoreLock = std::unique_ptr<os::FileLock>;

// Held for the moment of a change, never while hashing: it keeps garbage collection out.
Result<StoreLock> lock_shared(const StoreContext& store);

// Nobody else changes anything: garbage collection, migration.
Result<StoreLock> lock_exclusive(const StoreContext& store);

// One writer of tag files at a time. Taken after lock_shared.
Result<StoreLock> lock_names(const StoreContext& store);

// write_durably into a folder that may not be there yet. The folder's own name is synced as well:
// whoever made it may have been killed before saying so.
Result<void> put_file(const StoreContext& store, const os::Path& path, ByteView bytes,
                      std::uint32_t mode);

// The folder of `path` exists and will after a crash.
Result<void> make_parent(const StoreContext& store, const os::Path& path);

// Names in the folder; none if it isn't there.
Result<std::vector<std::string>> list_folder(const StoreContext& store, const os::Path& folder);

// Every <hex> or <hex>.bt2 under a sharded folder such as blobs/sha256.
Result<std::vector<Digest>> list_digests(const StoreContext& store, const os::Path& folder);

}  // namespace tegula::content

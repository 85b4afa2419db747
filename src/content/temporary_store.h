// For tests: a store in a folder of its own, with a clock that runs an hour ahead of the disk's, so
// that files count as settled (identity_cache.h) unless a test turns it back.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "content/sample_pack.h"
#include "content/store.h"
#include "os/temporary_folder.h"

namespace tegula::content {

class TemporaryStore {
 public:
  TemporaryStore();

  os::Path path() const { return folder_ / "store"; }
  os::Path outside(std::string_view name) const { return folder_ / name; }

  // A file outside the store.
  os::Path write(std::string_view name, std::string_view bytes) const;

  os::PosixFileSystem fs;
  ManualClock clock;
  SystemRandom random;
  NoProgress progress;

 private:
  os::TemporaryFolder folder_;

 public:
  StoreContext context;
  Store store;
};

std::string slurp(const os::Path& path);

// Overwrites a file in place, write permission or not.
void overwrite(const os::Path& path, std::string_view bytes);

// Flips one bit of one byte in place.
void flip(const os::Path& path, std::uint64_t offset);

// `size` bytes that look random and depend on the seed.
std::string noise(std::uint64_t size, std::uint32_t seed = 1);

using PackFiles = std::vector<std::pair<std::string, std::string>>;

// A whole Modelpack of these files: blobs, config, manifest.
Result<Digest> put_pack(const Store& store, const PackFiles& files, Lease& lease);

// The same, and named.
Result<Digest> build(const Store& store, std::string_view name, const PackFiles& files);

Reference named(std::string_view text);

}  // namespace tegula::content

// A log's tiles, entry bundles and published checkpoint, in a folder or wherever else they can be
// read from by their paths (C2SP tlog-tiles v0.1.0; docs/reference/tiles.md).
//
// Errors: NotFound for what isn't there, Corrupt for contents, what the source says.
// Thread rule: thread-safe if the source is; full tiles never change, and the rest is replaced as a
// whole.
#pragma once

#include <functional>
#include <string>

#include "base/bytes.h"
#include "os/file_system.h"
#include "tlog/merkle.h"
#include "tlog/tile_reader.h"

namespace tegula::logserver {

class TileStore {
 public:
  // The bytes at a path such as "tile/0/000"; NotFound if there are none.
  using Fetch =
      std::function<Result<std::string>(const std::string& path, std::uint64_t bytes_max)>;

  explicit TileStore(Fetch fetch) : fetch_(std::move(fetch)) {}
  TileStore(const os::FileSystem& fs, const os::Path& folder);  // which must outlive it

  // Exactly as many hashes or entries as the width says: of the file of that width, or, if that is
  // gone, of the full one.
  Result<Bytes> read_tile(const tlog::TileId& tile) const;
  Result<Bytes> read_bundle(const tlog::BundleId& bundle) const;

  // The entry at `index` of a log of `size` entries, and its leaf hash.
  Result<Bytes> read_entry(std::uint64_t index, std::uint64_t size) const;
  Result<tlog::Hash256> read_leaf(std::uint64_t index, std::uint64_t size) const;

  // Reads the tiles of a tree of `size` leaves. The store must outlive it.
  tlog::TileReader nodes(std::uint64_t size) const;

  // The signed note as it stands in the file. NotFound where nothing was published yet.
  Result<std::string> read_checkpoint() const;

 private:
  Result<Bytes> read(const std::string& path, std::uint64_t bytes_max) const;

  Fetch fetch_;
};

// The bundle that holds an entry in a log of `size` entries.
tlog::BundleId bundle_of(std::uint64_t index, std::uint64_t size);

inline constexpr std::string_view kCheckpointName = "checkpoint";

}  // namespace tegula::logserver

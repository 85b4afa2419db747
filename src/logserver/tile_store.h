// A log's tiles, entry bundles and published checkpoint as files (C2SP tlog-tiles v0.1.0;
// docs/reference/tiles.md).
//
// Errors: NotFound for what isn't there, Corrupt for contents, what the file system says.
// Thread rule: thread-safe; full tiles never change, and the rest is replaced as a whole.
#pragma once

#include <string>

#include "base/bytes.h"
#include "os/file_system.h"
#include "tlog/merkle.h"
#include "tlog/tile_reader.h"

namespace tegula::logserver {

class TileStore {
 public:
  TileStore(const os::FileSystem& fs, os::Path folder) : fs_(&fs), folder_(std::move(folder)) {}

  const os::Path& folder() const { return folder_; }

  // Exactly as many hashes or entries as the width says: of the file of that width, or, if that is
  // gone, of the full one.
  Result<Bytes> read_tile(const tlog::TileId& tile) const;
  Result<Bytes> read_bundle(const tlog::BundleId& bundle) const;

  // The entry at `index` of a log of `size` entries, and its leaf hash.
  Result<Bytes> read_entry(std::uint64_t index, std::uint64_t size) const;
  Result<tlog::Hash256> read_leaf(std::uint64_t index, std::uint64_t size) const;

  // Reads the tiles of a tree of `size` leaves. The store must outlive it.
  tlog::TileReader nodes(std::uint64_t size) const;

  // The signed note as it stands in the file.
  Result<std::string> read_checkpoint() const;

 private:
  Result<Bytes> read(const std::string& path, std::uint64_t bytes_max) const;

  const os::FileSystem* fs_;
  os::Path folder_;
};

// The bundle that holds an entry in a log of `size` entries.
tlog::BundleId bundle_of(std::uint64_t index, std::uint64_t size);

inline constexpr std::string_view kCheckpointName = "checkpoint";

}  // namespace tegula::logserver

// The tree as files that never change (C2SP tlog-tiles v0.1.0, "Merkle Tree" and "Log entries";
// docs/reference/tiles.md).
//
// Tile n of level l holds the hashes MTH(D[(256n + i) · 256^l : (256n + i + 1) · 256^l]), one after
// another, 32 bytes each, from i = 0: 256 of them, or fewer at the right edge of a tree. Beside the
// tiles of level 0 lie bundles with the entries themselves.
//
// Thread rule: free functions over values. Errors: InvalidArgument for paths, Corrupt for contents.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "tlog/merkle.h"
#include "tlog/node.h"

namespace tegula::tlog {

inline constexpr unsigned kTileHeight = 8;
inline constexpr std::uint32_t kTileWidth = 1U << kTileHeight;
inline constexpr unsigned kTileLevelMax = 63;  // in a path; no tree under our limit has level 8

struct TileId {
  unsigned level = 0;
  std::uint64_t index = 0;
  std::uint32_t width = kTileWidth;  // hashes in it, 1 to 256

  auto operator<=>(const TileId&) const = default;
};

struct BundleId {
  std::uint64_t index = 0;
  std::uint32_t width = kTileWidth;  // entries in it, 1 to 256

  auto operator<=>(const BundleId&) const = default;
};

// Where it lies below the log's prefix: "tile/0/x001/x234/067", "tile/entries/000.p/12".
std::string path_of(const TileId& tile);
std::string path_of(const BundleId& bundle);

// The inverses, for exactly the paths that path_of writes.
Result<TileId> parse_tile_path(std::string_view path);
Result<BundleId> parse_bundle_path(std::string_view path);

// How many hashes the tiles of a level hold together in a tree of `size` leaves.
std::uint64_t hashes_at(unsigned level, std::uint64_t size);

// The hashes that a tile holds in a tree of `size` leaves: 0 if it isn't there.
std::uint32_t tile_width(unsigned level, std::uint64_t index, std::uint64_t size);

// The tile that has what a node of a tree of `size` leaves is made of.
TileId tile_of(const Node& node, std::uint64_t size);

// What a log has to write when it grows: full tiles that weren't, and the partial ones that
// changed.
std::vector<TileId> tiles_between(std::uint64_t old_size, std::uint64_t size);

Result<std::vector<Hash256>> parse_tile(ByteView bytes, std::uint32_t width);
Bytes encode_tile(std::span<const Hash256> hashes);

// The entries of a bundle, as views into `bytes`: each a big-endian uint16 length and as many
// bytes.
Result<std::vector<ByteView>> parse_bundle(ByteView bytes, std::uint32_t width);

// Puts one more entry into a bundle; Exhausted if it is over the limit.
Result<void> append_entry(Bytes& bundle, ByteView entry);

}  // namespace tegula::tlog

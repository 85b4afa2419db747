// A growing tree that keeps no more than its right edge, and says which tiles to write.
//
// It holds at most one partial tile a level, some 64 KiB for any size of log: what is called a
// compact range, cut at the tiles.
//
// Thread rule: one thread at a time. Errors: Exhausted past the size limit.
#pragma once

#include <cstdint>
#include <vector>

#include "tlog/tile.h"

namespace tegula::tlog {

struct Tile {
  TileId id;
  std::vector<Hash256> hashes;

  bool operator==(const Tile&) const = default;
};

class TileBuilder {
 public:
  TileBuilder() = default;  // of the empty tree

  // Goes on from a tree whose tiles are stored. Corrupt if they don't give its root.
  static Result<TileBuilder> resume(const TreeHead& head, NodeReader& stored);

  Result<void> append(const Hash256& leaf);

  std::uint64_t size() const { return size_; }
  TreeHead head();

  // What changed since the last take (or since resume): full tiles in the order in which they
  // filled up, then the partial ones, lowest level first. Once they are stored, every proof up to
  // head() can be made.
  std::vector<Tile> take();

 private:
  struct Level {
    std::uint64_t full = 0;         // tiles
    std::vector<Hash256> hashes{};  // of the partial one
    bool changed = false;           // since the last take
  };

  void push(unsigned level, const Hash256& hash);

  std::uint64_t size_ = 0;
  std::vector<Level> levels_;
  std::vector<Tile> filled_;
  TreeHasher hasher_;
};

}  // namespace tegula::tlog

// The nodes of a tree of one size, taken from its tiles.
//
// Thread rule: one thread at a time.
#pragma once

#include <functional>
#include <map>
#include <vector>

#include "tlog/tile.h"

namespace tegula::tlog {

class TileReader final : public NodeReader {
 public:
  // Gets the bytes of a tile from wherever they are. A full tile may be there when a partial one is
  // asked for and gone; then its first hashes are what was asked for.
  using Fetch = std::function<Result<Bytes>(const TileId&)>;

  TileReader(std::uint64_t size, Fetch fetch) : size_(size), fetch_(std::move(fetch)) {}

  // Keeps the tiles it has fetched. Corrupt for a tile of a wrong length, InvalidArgument for a
  // node that isn't in the tree.
  Result<Hash256> read(const Node& node) override;

 private:
  Result<std::vector<Hash256>*> tile(const TileId& id);

  std::uint64_t size_;
  Fetch fetch_;
  std::map<TileId, std::vector<Hash256>> tiles_;
  TreeHasher hasher_;
};

}  // namespace tegula::tlog

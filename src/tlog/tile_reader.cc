#include "tlog/tile_reader.h"

#include <span>

#include <fmt/format.h>

#include "base/limits.h"

namespace tegula::tlog {

Result<Hash256> TileReader::read(const Node& node) {
  if (node.level >= 64 || node.index >= size_ >> node.level)
    return fail(Code::InvalidArgument,
                fmt::format("no complete subtree {} of level {} in a tree of "
                            "{} leaves",
                            node.index, node.level, size_));
  const std::vector<Hash256>* hashes = TRY(tile(tile_of(node, size_)));
  const unsigned height = node.level % kTileHeight;
  const std::size_t first = (node.index << height) % kTileWidth;
  return hasher_.root(std::span(*hashes).subspan(first, std::size_t{1} << height));
}

Result<std::vector<Hash256>*> TileReader::tile(const TileId& id) {
  const auto known = tiles_.find(id);
  if (known != tiles_.end()) return &known->second;
  const Bytes bytes = TRY(fetch_(id), path_of(id));
  ByteView wanted = bytes;
  if (bytes.size() == kTileWidth * sizeof(Hash256))
    wanted = wanted.first(id.width * sizeof(Hash256));
  std::vector<Hash256> hashes = TRY(parse_tile(wanted, id.width), path_of(id));
  return &tiles_.emplace(id, std::move(hashes)).first->second;
}

}  // namespace tegula::tlog

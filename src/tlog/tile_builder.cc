#include "tlog/tile_builder.h"

#include <bit>
#include <optional>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "base/limits.h"

namespace tegula::tlog {

Result<TileBuilder> TileBuilder::resume(const TreeHead& head, NodeReader& stored) {
  TileBuilder out;
  out.size_ = head.size;
  for (unsigned level = 0; hashes_at(level, head.size) > 0; ++level) {
    const std::uint64_t hashes = hashes_at(level, head.size);
    Level edge{.full = hashes / kTileWidth};
    for (std::uint64_t i = edge.full * kTileWidth; i < hashes; ++i)
      edge.hashes.push_back(TRY(stored.read({.level = level * kTileHeight, .index = i})));
    out.levels_.push_back(std::move(edge));
  }
  if (out.head() != head)
    return fail(
        Code::Corrupt,
        fmt::format("the stored tiles do not give the root of the tree of {} leaves", head.size));
  return out;
}

Result<void> TileBuilder::append(const Hash256& leaf) {
  if (size_ == limits::kLogSizeMax)
    return fail(Code::Exhausted, fmt::format("a tree of {} leaves is full", size_));
  push(0, leaf);
  ++size_;
  return {};
}

void TileBuilder::push(unsigned level, const Hash256& hash) {
  if (level == levels_.size()) levels_.emplace_back();
  Level& edge = levels_[level];
  edge.hashes.push_back(hash);
  edge.changed = true;
  if (edge.hashes.size() < kTileWidth) return;
  const Hash256 root = hasher_.root(edge.hashes);
  filled_.push_back({{.level = level, .index = edge.full}, std::exchange(edge.hashes, {})});
  ++edge.full;
  edge.changed = false;
  push(level + 1, root);
}

// The complete subtrees of the edge, from the right: the smallest first.
TreeHead TileBuilder::head() {
  std::optional<Hash256> root;
  for (const Level& edge : levels_) {
    std::span<const Hash256> rest = edge.hashes;
    while (!rest.empty()) {
      const std::size_t count = std::size_t{1} << std::countr_zero(rest.size());
      const Hash256 subtree = hasher_.root(rest.last(count));
      root = root ? hasher_.node(subtree, *root) : subtree;
      rest = rest.first(rest.size() - count);
    }
  }
  return {.size = size_, .root = root.value_or(empty_root())};
}

std::vector<Tile> TileBuilder::take() {
  std::vector<Tile> out = std::exchange(filled_, {});
  for (unsigned level = 0; level < levels_.size(); ++level) {
    Level& edge = levels_[level];
    if (!std::exchange(edge.changed, false)) continue;
    const auto width = static_cast<std::uint32_t>(edge.hashes.size());
    out.push_back({{.level = level, .index = edge.full, .width = width}, edge.hashes});
  }
  return out;
}

}  // namespace tegula::tlog

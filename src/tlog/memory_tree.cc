#include "tlog/memory_tree.h"

#include <bit>

#include <fmt/format.h>

namespace tegula::tlog {

Hash256 MemoryTree::root_of(const LeafRange& range) const {
  const std::uint64_t count = range.end - range.begin;
  if (count == 0) return empty_root();
  if (count == 1) return leaves_[range.begin];
  const std::uint64_t split = range.begin + std::bit_floor(count - 1);
  return TreeHasher().node(root_of({range.begin, split}), root_of({split, range.end}));
}

Result<Hash256> MemoryTree::read(const Node& node) {
  const LeafRange range{node.index << node.level, (node.index + 1) << node.level};
  if (range.end > leaves_.size())
    return fail(Code::NotFound, fmt::format("node {} of level {}", node.index, node.level));
  const auto known = nodes_.find(node);
  if (known != nodes_.end()) return known->second;
  return nodes_.emplace(node, root_of(range)).first->second;
}

MemoryTree counted_tree(std::uint64_t size) {
  MemoryTree tree;
  for (std::uint64_t i = 0; i < size; ++i) tree.append(leaf_hash(bytes_of(fmt::format("{}", i))));
  return tree;
}

}  // namespace tegula::tlog

#include "tlog/node.h"

#include <algorithm>
#include <bit>

#include <fmt/format.h>

#include "base/check.h"
#include "base/limits.h"

namespace tegula::tlog {
namespace {

// Where a tree over these leaves, more than one, splits.
std::uint64_t split_of(const LeafRange& range) {
  return range.begin + std::bit_floor(range.end - range.begin - 1);
}

Result<Hash256> read_range(NodeReader& nodes, const LeafRange& range) {
  const std::vector<Node> subtrees = nodes_of(range);
  Hash256 hash = TRY(nodes.read(subtrees.back()));
  TreeHasher hasher;
  for (std::size_t i = subtrees.size() - 1; i-- > 0;)
    hash = hasher.node(TRY(nodes.read(subtrees[i])), hash);
  return hash;
}

Result<Proof> read_ranges(NodeReader& nodes, const std::vector<LeafRange>& ranges) {
  Proof out;
  for (const LeafRange& range : ranges) out.push_back(TRY(read_range(nodes, range)));
  return out;
}

Result<void> check_size(std::uint64_t size) {
  if (size <= limits::kLogSizeMax) return {};
  return fail(Code::Exhausted,
              fmt::format("a tree of {} leaves, at most {}", size, limits::kLogSizeMax));
}

}  // namespace

std::vector<Node> nodes_of(const LeafRange& range) {
  std::vector<Node> out;
  for (std::uint64_t at = range.begin; at < range.end;) {
    const unsigned level = static_cast<unsigned>(std::bit_width(range.end - at) - 1);
    CHECK(at % (std::uint64_t{1} << level) == 0);
    out.push_back({.level = level, .index = at >> level});
    at += std::uint64_t{1} << level;
  }
  return out;
}

// PATH(m, D[n]) of the RFC, walked from the root and turned round.
std::vector<LeafRange> inclusion_ranges(std::uint64_t index, std::uint64_t size) {
  CHECK(index < size);
  std::vector<LeafRange> out;
  for (LeafRange tree{0, size}; tree.end - tree.begin > 1;) {
    const std::uint64_t split = split_of(tree);
    if (index < split) {
      out.push_back({split, tree.end});
      tree.end = split;
    } else {
      out.push_back({tree.begin, split});
      tree.begin = split;
    }
  }
  std::ranges::reverse(out);
  return out;
}

// PROOF(m, D[n]) of the RFC, walked from the root and turned round.
std::vector<LeafRange> consistency_ranges(std::uint64_t old_size, std::uint64_t size) {
  CHECK(old_size > 0 && old_size <= size);
  std::vector<LeafRange> out;
  LeafRange tree{0, size};
  while (tree.end != old_size) {
    const std::uint64_t split = split_of(tree);
    if (old_size <= split) {
      out.push_back({split, tree.end});
      tree.end = split;
    } else {
      out.push_back({tree.begin, split});
      tree.begin = split;
    }
  }
  // The verifier has the root of the whole old tree, but not of a part of it.
  if (tree.begin != 0) out.push_back(tree);
  std::ranges::reverse(out);
  return out;
}

Result<Hash256> read_root(NodeReader& nodes, std::uint64_t size) {
  TRY(check_size(size));
  if (size == 0) return empty_root();
  return read_range(nodes, {0, size});
}

Result<Proof> prove_inclusion(NodeReader& nodes, std::uint64_t index, std::uint64_t size) {
  TRY(check_size(size));
  if (index >= size)
    return fail(Code::InvalidArgument,
                fmt::format("leaf {} is not in a tree of {} leaves", index, size));
  return read_ranges(nodes, inclusion_ranges(index, size));
}

Result<Proof> prove_consistency(NodeReader& nodes, std::uint64_t old_size, std::uint64_t size) {
  TRY(check_size(size));
  if (old_size > size)
    return fail(Code::InvalidArgument,
                fmt::format("a tree of {} leaves is no part of one of {}", old_size, size));
  if (old_size == 0) return Proof{};
  return read_ranges(nodes, consistency_ranges(old_size, size));
}

}  // namespace tegula::tlog

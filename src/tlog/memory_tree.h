// A whole tree in memory, for tests: what it says is made of the definitions and nothing clever.
//
// Thread rule: one thread at a time.
#pragma once

#include <map>
#include <vector>

#include "tlog/node.h"

namespace tegula::tlog {

class MemoryTree final : public NodeReader {
 public:
  void append(const Hash256& leaf) { leaves_.push_back(leaf); }
  std::uint64_t size() const { return leaves_.size(); }
  const Hash256& leaf(std::uint64_t index) const { return leaves_[index]; }

  // MTH(D[begin:end]) by the recursion of RFC 9162 §2.1.1.
  Hash256 root_of(const LeafRange& range) const;
  TreeHead head(std::uint64_t size) const { return {.size = size, .root = root_of({0, size})}; }

  Result<Hash256> read(const Node& node) override;  // remembers what it has computed

 private:
  std::vector<Hash256> leaves_;
  std::map<Node, Hash256> nodes_;
};

// A tree whose entry i is the decimal number i.
MemoryTree counted_tree(std::uint64_t size);

}  // namespace tegula::tlog

// The nodes of a log's tree that never change once they are there: the roots of complete subtrees.
// Proofs and roots of any size are made of them (RFC 9162 §2.1.3.1 and §2.1.4.1).
//
// Thread rule: free functions over values; a NodeReader as its implementation says. Errors: those
// of the reader; Exhausted for a tree over the limit. What a reader gives is not checked here: a
// proof made of it is worth nothing before it is verified.
#pragma once

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "tlog/merkle.h"
#include "tlog/proof.h"

namespace tegula::tlog {

// The root over leaves [index · 2^level, (index + 1) · 2^level).
struct Node {
  unsigned level = 0;
  std::uint64_t index = 0;

  auto operator<=>(const Node&) const = default;
};

class NodeReader {
 public:
  virtual ~NodeReader() = default;
  virtual Result<Hash256> read(const Node& node) = 0;
};

// Leaves [begin, end) that some node of a tree stands over, complete or not.
struct LeafRange {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;

  bool operator==(const LeafRange&) const = default;
};

// The complete subtrees of a range, left to right.
std::vector<Node> nodes_of(const LeafRange& range);

// What each hash of a proof stands over, in the order of the proof. So a client knows what to fetch
// before it asks for the first byte. index < size, and 0 < old_size <= size.
std::vector<LeafRange> inclusion_ranges(std::uint64_t index, std::uint64_t size);
std::vector<LeafRange> consistency_ranges(std::uint64_t old_size, std::uint64_t size);

Result<Hash256> read_root(NodeReader& nodes, std::uint64_t size);

// InvalidArgument unless index < size, or old_size <= size.
Result<Proof> prove_inclusion(NodeReader& nodes, std::uint64_t index, std::uint64_t size);
Result<Proof> prove_consistency(NodeReader& nodes, std::uint64_t old_size, std::uint64_t size);

}  // namespace tegula::tlog

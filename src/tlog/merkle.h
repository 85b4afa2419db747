// The Merkle tree of a log (RFC 9162 §2.1, with SHA-256; the same tree as RFC 6962's).
//
// A leaf is SHA-256(0x00 ‖ entry), a node SHA-256(0x01 ‖ left ‖ right). A tree of n > 1 leaves
// splits at the largest power of two below n; the root of an empty tree is SHA-256 of nothing.
//
// Thread rule: values; a TreeHasher belongs to one thread at a time.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "crypto/sha256.h"

namespace tegula::tlog {

using crypto::Hash256;

// What a log commits to: so many leaves, under this root.
struct TreeHead {
  std::uint64_t size = 0;
  Hash256 root{};

  bool operator==(const TreeHead&) const = default;
};

struct Leaf {
  std::uint64_t index = 0;  // from 0
  Hash256 hash{};
};

class TreeHasher {
 public:
  Hash256 leaf(ByteView entry);
  Hash256 node(const Hash256& left, const Hash256& right);

  // The root over leaves, or over the roots of complete subtrees of one size.
  Hash256 root(std::span<const Hash256> leaves);

 private:
  crypto::Sha256 sha_;
  std::vector<Hash256> level_;
};

Hash256 leaf_hash(ByteView entry);
const Hash256& empty_root();

}  // namespace tegula::tlog

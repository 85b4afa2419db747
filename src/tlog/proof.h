// Checking proofs about a log's tree (RFC 9162 §2.1.3.2 and §2.1.4.2).
//
// Thread rule: free functions over values. Errors: Untrusted for whatever doesn't prove the claim,
// Exhausted for more hashes than any tree asks for. A wrong proof costs no more than a right one.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "tlog/merkle.h"

namespace tegula::tlog {

// From the leaf's sibling (or the smaller tree's last subtree) towards the root.
using Proof = std::vector<Hash256>;
using ProofView = std::span<const Hash256>;

// The leaf is in the tree, at its index.
Result<void> verify_inclusion(const Leaf& leaf, ProofView proof, const TreeHead& tree);

// The root that the proof leads to from the leaf in a tree of `size`.
Result<Hash256> root_from_inclusion(const Leaf& leaf, ProofView proof, std::uint64_t size);

// The first old.size leaves of `now` are the tree `old`. Of equal trees, and from the empty tree,
// the proof is empty.
Result<void> verify_consistency(const TreeHead& old, const TreeHead& now, ProofView proof);

}  // namespace tegula::tlog

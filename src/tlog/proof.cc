#include "tlog/proof.h"

#include <bit>

#include <fmt/format.h>

#include "base/limits.h"

namespace tegula::tlog {
namespace {

std::unexpected<Error> wrong_length(ProofView proof) {
  return fail(Code::Untrusted,
              fmt::format("a proof of {} hashes does not fit these tree sizes", proof.size()));
}

std::unexpected<Error> wrong_roots() {
  return fail(Code::Untrusted, "trees of the same size have different roots");
}

Result<void> check_limits(std::uint64_t size, ProofView proof) {
  if (size > limits::kLogSizeMax)
    return fail(Code::Exhausted,
                fmt::format("a tree of {} leaves, at most {}", size, limits::kLogSizeMax));
  if (proof.size() > limits::kLogProofHashesMax)
    return fail(Code::Exhausted, fmt::format("a proof of {} hashes, at most {}", proof.size(),
                                             limits::kLogProofHashesMax));
  return {};
}

// Where a walk from some node to the root stands: the node's index on its level, and the index of
// the level's last node (RFC 9162 calls them fn and sn).
struct Walk {
  std::uint64_t node;
  std::uint64_t last;

  void up(int levels = 1) {
    node >>= levels;
    last >>= levels;
  }

  // The next hash of a proof is the left sibling.
  bool sibling_is_left() const { return node % 2 != 0 || node == last; }

  // A last node without a sibling moves up as it is.
  void skip_lone_levels() {
    while (node % 2 == 0 && node != 0) up();
  }
};

// The smaller tree's root and the larger one's, as the proof makes them.
struct TwoRoots {
  Hash256 old;
  Hash256 now;
};

Result<TwoRoots> roots_from_consistency(Walk walk, const Hash256& start, ProofView proof) {
  TreeHasher hasher;
  TwoRoots roots{start, start};
  for (const Hash256& hash : proof) {
    if (walk.last == 0) return wrong_length(proof);
    if (walk.sibling_is_left()) {
      roots.old = hasher.node(hash, roots.old);
      roots.now = hasher.node(hash, roots.now);
      walk.skip_lone_levels();
    } else {
      roots.now = hasher.node(roots.now, hash);
    }
    walk.up();
  }
  if (walk.last != 0) return wrong_length(proof);
  return roots;
}

}  // namespace

Result<Hash256> root_from_inclusion(const Leaf& leaf, ProofView proof, std::uint64_t size) {
  TRY(check_limits(size, proof));
  if (leaf.index >= size)
    return fail(Code::Untrusted,
                fmt::format("leaf {} is not in a tree of {} leaves", leaf.index, size));
  TreeHasher hasher;
  Hash256 hash = leaf.hash;
  Walk walk{.node = leaf.index, .last = size - 1};
  for (const Hash256& sibling : proof) {
    if (walk.last == 0) return wrong_length(proof);
    if (walk.sibling_is_left()) {
      hash = hasher.node(sibling, hash);
      walk.skip_lone_levels();
    } else {
      hash = hasher.node(hash, sibling);
    }
    walk.up();
  }
  if (walk.last != 0) return wrong_length(proof);
  return hash;
}

Result<void> verify_inclusion(const Leaf& leaf, ProofView proof, const TreeHead& tree) {
  if (TRY(root_from_inclusion(leaf, proof, tree.size)) == tree.root) return {};
  return fail(Code::Untrusted,
              fmt::format("the proof does not lead from leaf {} to the root of the tree of size {}",
                          leaf.index, tree.size));
}

Result<void> verify_consistency(const TreeHead& old, const TreeHead& now, ProofView proof) {
  TRY(check_limits(now.size, proof));
  if (old.size > now.size)
    return fail(Code::Untrusted,
                fmt::format("the log shrank from {} leaves to {}", old.size, now.size));
  if ((old.size == 0 && old.root != empty_root()) || (now.size == 0 && now.root != empty_root()))
    return fail(Code::Untrusted, "the root of an empty tree is not that of one");
  if (old.size == 0 || old.size == now.size) {
    if (!proof.empty()) return wrong_length(proof);
    if (old.size == now.size && old.root != now.root) return wrong_roots();
    return {};
  }
  // A complete smaller tree is itself a subtree of the larger one, and its root is known.
  const bool complete = std::has_single_bit(old.size);
  if (!complete && proof.empty()) return wrong_length(proof);
  const Hash256& start = complete ? old.root : proof[0];
  Walk walk{.node = old.size - 1, .last = now.size - 1};
  walk.up(std::countr_one(walk.node));
  const TwoRoots roots =
      TRY(roots_from_consistency(walk, start, complete ? proof : proof.subspan(1)));
  if (roots.old == old.root && roots.now == now.root) return {};
  return fail(Code::Untrusted,
              fmt::format("the proof does not lead from the tree of size {} to that of size {}",
                          old.size, now.size),
              "the log may have shown two histories");
}

}  // namespace tegula::tlog

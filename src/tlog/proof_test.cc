#include "tlog/proof.h"

#include <rapidcheck.h>

#include <gtest/gtest.h>

#include "base/limits.h"
#include "tlog/memory_tree.h"

namespace tegula::tlog {
namespace {

constexpr std::uint64_t kSizeMax = 200;

void flip(Hash256& hash, std::size_t bit) {
  hash[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
}

Code code_of(const Result<void>& result) { return result ? Code::Internal : result.error().code; }

// Every place of every tree up to 200 leaves.
TEST(Inclusion, HoldsForEveryLeafOfEveryTree) {
  MemoryTree tree = counted_tree(kSizeMax);
  for (std::uint64_t size = 1; size <= kSizeMax; ++size) {
    const TreeHead head = tree.head(size);
    for (std::uint64_t index = 0; index < size; ++index) {
      const Proof proof = prove_inclusion(tree, index, size).value();
      EXPECT_TRUE(verify_inclusion({index, tree.leaf(index)}, proof, head)) << index << " " << size;
    }
  }
}

TEST(Consistency, HoldsForEveryTwoSizes) {
  MemoryTree tree = counted_tree(kSizeMax);
  for (std::uint64_t size = 0; size <= kSizeMax; ++size) {
    const TreeHead head = tree.head(size);
    for (std::uint64_t old = 0; old <= size; ++old) {
      const Proof proof = prove_consistency(tree, old, size).value();
      EXPECT_TRUE(verify_consistency(tree.head(old), head, proof)) << old << " " << size;
    }
  }
}

struct Inclusion {
  Leaf leaf;
  Proof proof;
  TreeHead head;

  bool holds() const { return verify_inclusion(leaf, proof, head).has_value(); }
};

Inclusion any_inclusion() {
  static MemoryTree tree = counted_tree(kSizeMax);
  const std::uint64_t size = *rc::gen::inRange<std::uint64_t>(1, kSizeMax + 1);
  const std::uint64_t index = *rc::gen::inRange<std::uint64_t>(0, size);
  return {{index, tree.leaf(index)}, prove_inclusion(tree, index, size).value(), tree.head(size)};
}

// Every bit of leaf, root and proof; hashes missing, doubled, swapped; every other index.
TEST(Inclusion, FailsForEveryMutation) {
  EXPECT_TRUE(rc::check([] {
    const Inclusion good = any_inclusion();
    RC_ASSERT(good.holds());
    for (std::size_t bit = 0; bit < 256; ++bit) {
      Inclusion bad = good;
      flip(bad.leaf.hash, bit);
      RC_ASSERT(!bad.holds());
      bad = good;
      flip(bad.head.root, bit);
      RC_ASSERT(!bad.holds());
      for (std::size_t i = 0; i < good.proof.size(); ++i) {
        bad = good;
        flip(bad.proof[i], bit);
        RC_ASSERT(!bad.holds());
      }
    }
    for (std::uint64_t index = 0; index < good.head.size + 2; ++index) {
      Inclusion bad = good;
      bad.leaf.index = index;
      RC_ASSERT(bad.holds() == (index == good.leaf.index));
    }
    for (std::size_t i = 0; i < good.proof.size(); ++i) {
      Inclusion bad = good;
      bad.proof.erase(bad.proof.begin() + static_cast<std::ptrdiff_t>(i));
      RC_ASSERT(!bad.holds());
      bad = good;
      bad.proof.insert(bad.proof.begin() + static_cast<std::ptrdiff_t>(i), good.proof[i]);
      RC_ASSERT(!bad.holds());
    }
    Inclusion bad = good;
    bad.proof.push_back(good.head.root);
    RC_ASSERT(!bad.holds());
  }));
}

struct Growth {
  TreeHead old;
  TreeHead now;
  Proof proof;

  bool holds() const { return verify_consistency(old, now, proof).has_value(); }
};

Growth any_growth() {
  static MemoryTree tree = counted_tree(kSizeMax);
  const std::uint64_t size = *rc::gen::inRange<std::uint64_t>(1, kSizeMax + 1);
  const std::uint64_t old = *rc::gen::inRange<std::uint64_t>(1, size + 1);
  return {tree.head(old), tree.head(size), prove_consistency(tree, old, size).value()};
}

TEST(Consistency, FailsForEveryMutation) {
  EXPECT_TRUE(rc::check([] {
    const Growth good = any_growth();
    RC_ASSERT(good.holds());
    for (std::size_t bit = 0; bit < 256; ++bit) {
      Growth bad = good;
      flip(bad.old.root, bit);
      RC_ASSERT(!bad.holds());
      bad = good;
      flip(bad.now.root, bit);
      RC_ASSERT(!bad.holds());
      for (std::size_t i = 0; i < good.proof.size(); ++i) {
        bad = good;
        flip(bad.proof[i], bit);
        RC_ASSERT(!bad.holds());
      }
    }
    for (std::uint64_t old = 0; old < good.now.size + 2; ++old) {
      Growth bad = good;
      bad.old.size = old;
      RC_ASSERT(bad.holds() == (old == good.old.size));
    }
    for (std::size_t i = 0; i < good.proof.size(); ++i) {
      Growth bad = good;
      bad.proof.erase(bad.proof.begin() + static_cast<std::ptrdiff_t>(i));
      RC_ASSERT(!bad.holds());
    }
    Growth bad = good;
    bad.proof.push_back(good.now.root);
    RC_ASSERT(!bad.holds());
  }));
}

TEST(Consistency, TellsForksAndRollbacks) {
  MemoryTree tree = counted_tree(8), fork = counted_tree(7);
  fork.append(leaf_hash(bytes_of("another")));
  EXPECT_EQ(code_of(verify_consistency(tree.head(8), fork.head(8), {})), Code::Untrusted);
  EXPECT_EQ(code_of(verify_consistency(tree.head(8), tree.head(7), {})), Code::Untrusted);
  const Proof proof = prove_consistency(fork, 7, 8).value();
  EXPECT_TRUE(verify_consistency(tree.head(7), fork.head(8), proof));
  fork.append(leaf_hash(bytes_of("more")));
  EXPECT_EQ(code_of(verify_consistency(tree.head(8), fork.head(9),
                                       prove_consistency(fork, 8, 9).value())),
            Code::Untrusted);
}

TEST(Consistency, KnowsTheEmptyTree) {
  const MemoryTree tree = counted_tree(3);
  EXPECT_TRUE(verify_consistency(tree.head(0), tree.head(0), {}));
  EXPECT_TRUE(verify_consistency(tree.head(0), tree.head(3), {}));
  const Hash256 hash = tree.leaf(0);
  EXPECT_FALSE(verify_consistency(tree.head(0), tree.head(3), {&hash, 1}));
  EXPECT_FALSE(verify_consistency({0, hash}, tree.head(3), {}));
  EXPECT_FALSE(verify_consistency({0, hash}, {0, hash}, {}));
  EXPECT_FALSE(verify_inclusion({0, hash}, {}, tree.head(0)));
}

TEST(Proof, HoldsItsLimits) {
  const Proof most(limits::kLogProofHashesMax), more(limits::kLogProofHashesMax + 1);
  const TreeHead old{3, {}}, now{limits::kLogSizeMax, {}}, larger{limits::kLogSizeMax + 1, {}};
  EXPECT_EQ(code_of(verify_inclusion({0, {}}, most, now)), Code::Untrusted);
  EXPECT_EQ(code_of(verify_inclusion({0, {}}, more, now)), Code::Exhausted);
  EXPECT_EQ(code_of(verify_inclusion({0, {}}, most, larger)), Code::Exhausted);
  EXPECT_EQ(code_of(verify_consistency(old, now, most)), Code::Untrusted);
  EXPECT_EQ(code_of(verify_consistency(old, now, more)), Code::Exhausted);
  EXPECT_EQ(code_of(verify_consistency(old, larger, most)), Code::Exhausted);
}

// The longest proofs that there are.
TEST(Proof, ReachesTheLargestTree) {
  constexpr std::uint64_t kSize = limits::kLogSizeMax;
  EXPECT_EQ(inclusion_ranges(0, kSize).size(), 63U);
  EXPECT_EQ(consistency_ranges(1, kSize).size(), 63U);
  EXPECT_EQ(consistency_ranges(3, kSize).size(), limits::kLogProofHashesMax);
  EXPECT_TRUE(root_from_inclusion({0, {}}, Proof(63), kSize));
  EXPECT_FALSE(root_from_inclusion({0, {}}, Proof(62), kSize));
}

}  // namespace
}  // namespace tegula::tlog

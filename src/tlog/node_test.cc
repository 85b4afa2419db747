#include "tlog/node.h"

#include <gtest/gtest.h>

#include "base/limits.h"
#include "tlog/memory_tree.h"

namespace tegula::tlog {
namespace {

// RFC 9162 §2.1.5: the tree of seven leaves.
TEST(Node, NamesWhatTheExamplesOfTheRfcName) {
  using Ranges = std::vector<LeafRange>;
  EXPECT_EQ(inclusion_ranges(0, 7), (Ranges{{1, 2}, {2, 4}, {4, 7}}));
  EXPECT_EQ(inclusion_ranges(3, 7), (Ranges{{2, 3}, {0, 2}, {4, 7}}));
  EXPECT_EQ(inclusion_ranges(4, 7), (Ranges{{5, 6}, {6, 7}, {0, 4}}));
  EXPECT_EQ(inclusion_ranges(6, 7), (Ranges{{4, 6}, {0, 4}}));
  EXPECT_EQ(consistency_ranges(3, 7), (Ranges{{2, 3}, {3, 4}, {0, 2}, {4, 7}}));
  EXPECT_EQ(consistency_ranges(4, 7), (Ranges{{4, 7}}));
  EXPECT_EQ(consistency_ranges(6, 7), (Ranges{{4, 6}, {6, 7}, {0, 4}}));
}

TEST(Node, CoversARangeWithCompleteSubtrees) {
  EXPECT_EQ(nodes_of({4, 7}), (std::vector<Node>{{1, 2}, {0, 6}}));
  EXPECT_EQ(nodes_of({0, 8}), (std::vector<Node>{{3, 0}}));
  EXPECT_EQ(nodes_of({5, 5}), std::vector<Node>{});
  EXPECT_EQ(nodes_of({0, limits::kLogSizeMax}).size(), 63U);
}

TEST(Node, GivesTheRootOfEverySize) {
  MemoryTree tree = counted_tree(100);
  for (std::uint64_t size = 0; size <= 100; ++size)
    EXPECT_EQ(read_root(tree, size).value(), tree.head(size).root) << size;
}

TEST(Node, RefusesPlacesOutsideTheTree) {
  MemoryTree tree = counted_tree(4);
  EXPECT_EQ(prove_inclusion(tree, 4, 4).error().code, Code::InvalidArgument);
  EXPECT_EQ(prove_consistency(tree, 5, 4).error().code, Code::InvalidArgument);
  EXPECT_EQ(prove_inclusion(tree, 0, 5).error().code, Code::NotFound);
  EXPECT_EQ(read_root(tree, limits::kLogSizeMax + 1).error().code, Code::Exhausted);
  EXPECT_EQ(prove_inclusion(tree, 0, limits::kLogSizeMax + 1).error().code, Code::Exhausted);
  EXPECT_EQ(prove_consistency(tree, 1, limits::kLogSizeMax + 1).error().code, Code::Exhausted);
}

}  // namespace
}  // namespace tegula::tlog

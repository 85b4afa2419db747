#include "tlog/merkle.h"

#include <gtest/gtest.h>

#include "base/hex.h"
#include "tlog/memory_tree.h"

namespace tegula::tlog {
namespace {

// The roots of the first n of eight entries, as the implementations of Certificate Transparency
// test them.
TEST(Merkle, GivesThePublishedRoots) {
  const std::string_view entries[] = {"",
                                      "00",
                                      "10",
                                      "2021",
                                      "3031",
                                      "40414243",
                                      "5051525354555657",
                                      "606162636465666768696a6b6c6d6e6f"};
  const std::string_view roots[] = {
      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
      "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
      "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
      "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
      "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
      "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
      "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
      "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
      "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};
  std::vector<Hash256> leaves;
  TreeHasher hasher;
  for (std::size_t size = 0;; ++size) {
    EXPECT_EQ(hex_encode(hasher.root(leaves)), roots[size]) << size;
    if (size == std::size(entries)) break;
    leaves.push_back(leaf_hash(hex_decode(entries[size]).value()));
  }
}

TEST(Merkle, AgreesWithTheDefinition) {
  const MemoryTree tree = counted_tree(200);
  std::vector<Hash256> leaves;
  TreeHasher hasher;
  for (std::uint64_t size = 0; size < 200; ++size) {
    EXPECT_EQ(hasher.root(leaves), tree.head(size).root) << size;
    leaves.push_back(tree.leaf(size));
  }
}

TEST(Merkle, KeepsLeavesAndNodesApart) {
  const MemoryTree tree = counted_tree(2);
  Bytes pair;
  for (const std::uint64_t i : {0, 1})
    pair.insert(pair.end(), tree.leaf(i).begin(), tree.leaf(i).end());
  EXPECT_NE(leaf_hash(pair), tree.head(2).root);
}

}  // namespace
}  // namespace tegula::tlog

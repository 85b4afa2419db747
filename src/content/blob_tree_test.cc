#include "content/blob_tree.h"

#include <random>
#include <string>

#include <gtest/gtest.h>

#include "base/hex.h"

namespace tegula::content {
namespace {

using crypto::Hash256;

constexpr std::uint64_t kBlock = limits::kTreeBlockBytes;
constexpr std::uint64_t kPiece = limits::kTreePieceBytes;

Bytes some_bytes(std::uint64_t size, std::uint32_t seed = 1) {
  Bytes out(size);
  std::mt19937 engine(seed);
  for (std::uint8_t& byte : out) byte = static_cast<std::uint8_t>(engine());
  return out;
}

// BEP 52 read literally: the hash of the subtree over `leaves` leaves from leaf `first` on, with
// zero hashes for the leaves that aren't there.
Hash256 slow_node(ByteView blob, std::uint64_t first, std::uint64_t leaves) {
  if (leaves == 1) {
    if (first * kBlock >= blob.size()) return {};
    return crypto::sha256(blob.subspan(
        first * kBlock, std::min<std::uint64_t>(kBlock, blob.size() - first * kBlock)));
  }
  const Hash256 left = slow_node(blob, first, leaves / 2);
  const Hash256 right = slow_node(blob, first + leaves / 2, leaves / 2);
  Bytes both(left.begin(), left.end());
  both.insert(both.end(), right.begin(), right.end());
  return crypto::sha256(both);
}

std::uint64_t next_power_of_two(std::uint64_t n) {
  std::uint64_t out = 1;
  while (out < n) out *= 2;
  return out;
}

BlobTree slow_tree(ByteView blob) {
  BlobTree out{.size = blob.size(), .pieces = {}, .root = {}};
  if (blob.empty()) return out;
  const std::uint64_t blocks = (blob.size() + kBlock - 1) / kBlock;
  out.root = slow_node(blob, 0, next_power_of_two(blocks));
  if (blob.size() <= kPiece) {
    out.pieces = {out.root};
  } else {
    for (std::uint64_t at = 0; at < blocks; at += 64) out.pieces.push_back(slow_node(blob, at, 64));
  }
  return out;
}

TEST(BlobTree, AgreesWithTheSlowReading) {
  const std::uint64_t sizes[] = {0,
                                 1,
                                 kBlock - 1,
                                 kBlock,
                                 kBlock + 1,
                                 2 * kBlock,
                                 3 * kBlock,
                                 5 * kBlock + 7,
                                 kPiece - 1,
                                 kPiece,
                                 kPiece + 1,
                                 2 * kPiece,
                                 2 * kPiece + kBlock,
                                 3 * kPiece - 5,
                                 4 * kPiece,
                                 5 * kPiece + 33 * kBlock + 1};
  for (const std::uint64_t size : sizes) {
    const Bytes blob = some_bytes(size);
    EXPECT_EQ(tree_of(blob), slow_tree(blob)) << size;
  }
}

TEST(BlobTree, DoesNotDependOnHowItIsFed) {
  const Bytes blob = some_bytes(3 * kPiece + 12345);
  const BlobTree want = tree_of(blob);
  for (const std::size_t step : {std::size_t{1000}, std::size_t{16384}, std::size_t{1'500'001}}) {
    TreeBuilder builder;
    for (std::size_t at = 0; at < blob.size(); at += step)
      builder.update(ByteView(blob).subspan(at, std::min(step, blob.size() - at)));
    EXPECT_EQ(builder.finish(), want) << step;
    EXPECT_EQ(builder.finish(), BlobTree{});  // started anew
  }
}

// Worked out with sha256sum, a hash at a time; docs/reference/blob-tree.md shows how.
TEST(BlobTree, AgreesWithHashesMadeByHand) {
  struct Case {
    std::uint64_t zeros;
    std::string_view root;
  };
  const Case cases[] = {
      {0, "0000000000000000000000000000000000000000000000000000000000000000"},
      {1, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"},
      {kBlock, "4fe7b59af6de3b665b67788cc2f99892ab827efae3a467342b3bb4e3bc8e5bfe"},
      {3 * kBlock, "1cb5a249f6e721060aae623d21d3eca23056bda8c19e4e89f9a086151553713d"},
      {kPiece + 1, "7b2f6d495450f7f843041552fc4d6c8e51cf50760d206333b906ce066dc9073a"},
  };
  for (const Case& c : cases)
    EXPECT_EQ(hex_encode(tree_of(Bytes(c.zeros)).root), c.root) << c.zeros;
}

TEST(BlobTree, EncodeAndParseAreInverse) {
  for (const std::uint64_t size : {std::uint64_t{0}, std::uint64_t{5}, kPiece, 3 * kPiece + 1}) {
    const BlobTree tree = tree_of(some_bytes(size));
    const Bytes level = encode(tree);
    EXPECT_EQ(level.size(), 32 * piece_count(size));
    EXPECT_EQ(BlobTree::parse(level, size).value(), tree);
    EXPECT_EQ(BlobTree::parse(level, size + kPiece).error().code, Code::Corrupt);
    Bytes longer = level;
    longer.push_back(0);
    EXPECT_FALSE(BlobTree::parse(longer, size));
  }
}

TEST(BlobTree, AChangedLevelChangesTheRoot) {
  const BlobTree tree = tree_of(some_bytes(5 * kPiece));
  Bytes level = encode(tree);
  for (std::size_t i = 0; i < level.size(); ++i) {
    level[i] ^= 1;
    EXPECT_NE(BlobTree::parse(level, tree.size).value().root, tree.root) << i;
    level[i] ^= 1;
  }
}

TEST(BlobTree, ChecksEachPieceAlone) {
  Bytes blob = some_bytes(2 * kPiece + 100);
  const BlobTree tree = tree_of(blob);
  ASSERT_EQ(piece_count(blob.size()), 3U);
  const auto piece = [&](std::uint64_t index) {
    return ByteView(blob).subspan(index * kPiece, piece_size(blob.size(), index));
  };
  for (std::uint64_t i = 0; i < 3; ++i) EXPECT_TRUE(verify_piece(tree, i, piece(i)));
  blob[kPiece + 17] ^= 0x40;
  EXPECT_TRUE(verify_piece(tree, 0, piece(0)));
  EXPECT_EQ(verify_piece(tree, 1, piece(1)).error().text,
            "piece 1 (at byte 1048576) does not match its hash");
  EXPECT_FALSE(verify_piece(tree, 0, piece(2)));
  EXPECT_FALSE(verify_piece(tree, 2, piece(2).first(99)));
  EXPECT_FALSE(verify_piece(tree, 0, ByteView(blob)));
}

TEST(BlobTree, APieceWithoutBytesHashesToZero) {
  PieceHasher hasher;
  EXPECT_EQ(hasher.finish(5), Hash256{});
  EXPECT_EQ(hasher.finish(5 * kPiece), Hash256{});
  const BlobTree tree = tree_of(some_bytes(10));
  EXPECT_FALSE(verify_piece(tree, 0, {}));
}

TEST(BlobTree, CountsPieces) {
  EXPECT_EQ(piece_count(0), 0U);
  EXPECT_EQ(piece_count(1), 1U);
  EXPECT_EQ(piece_count(kPiece), 1U);
  EXPECT_EQ(piece_count(kPiece + 1), 2U);
  EXPECT_EQ(piece_count(limits::kBlobBytesMax), 16'777'216U);
  EXPECT_EQ(piece_size(kPiece + 1, 0), kPiece);
  EXPECT_EQ(piece_size(kPiece + 1, 1), 1U);
}

}  // namespace
}  // namespace tegula::content

// The Merkle tree over a blob, so that any mebibyte of it can be checked alone (BEP 52, "pieces
// root" and "piece layers"; docs/reference/blob-tree.md).
//
// Leaves are the SHA-256 hashes of 16 KiB blocks, the last block as long as it is. One level is
// kept: the hashes of the subtrees over 1 MiB, called pieces. A blob of at most one piece is padded
// with zero leaves to the next power of two of its own blocks, so its one piece hash is the root.
// In a longer blob the last piece is padded with zero leaves to 64, and the level with the hash of
// a subtree of 64 zero leaves to the next power of two. An empty blob has no piece; its root is
// zero.
//
// Thread rule: BlobTree is a value; a hasher or builder belongs to one thread at a time.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/limits.h"
#include "base/result.h"
#include "crypto/sha256.h"

namespace tegula::content {

struct BlobTree {
  std::uint64_t size = 0;               // of the blob
  std::vector<crypto::Hash256> pieces;  // the 1 MiB level
  crypto::Hash256 root{};

  bool operator==(const BlobTree&) const = default;

  // The inverse of encode. Corrupt unless `level` has the length that `size` asks for; whether it
  // is the right level shows when the caller compares `root`.
  static Result<BlobTree> parse(ByteView level, std::uint64_t size);
};

// The level's hashes one after another, 32 bytes each: a file under trees/ in the store.
Bytes encode(const BlobTree& tree);

std::uint64_t piece_count(std::uint64_t blob_size);
std::uint64_t piece_size(std::uint64_t blob_size, std::uint64_t index);

// The hash of one piece, fed in order.
class PieceHasher {
 public:
  void update(ByteView bytes);  // at most 1 MiB between two finish()

  // The blob's size decides the padding. Starts anew.
  crypto::Hash256 finish(std::uint64_t blob_size);

 private:
  std::size_t hash_blocks(ByteView bytes);
  void end_block();

  std::size_t in_block_ = 0;  // bytes in the open block
  crypto::Sha256 sha_;
  std::vector<crypto::Hash256> leaves_;
};

// Corrupt, naming the piece and its offset, unless `bytes` are piece `index` of the blob.
Result<void> verify_piece(const BlobTree& tree, std::uint64_t index, ByteView bytes);

// The tree of a blob fed in order, whose size need not be known before.
class TreeBuilder {
 public:
  void update(ByteView bytes);
  BlobTree finish();  // starts anew

 private:
  void end_piece();

  BlobTree tree_;
  std::uint64_t in_piece_ = 0;
  PieceHasher piece_;
};

BlobTree tree_of(ByteView blob);

}  // namespace tegula::content

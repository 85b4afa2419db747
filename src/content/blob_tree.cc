#include "content/blob_tree.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "base/check.h"
#include "crypto/sha256_batch.h"

namespace tegula::content {
namespace {

using crypto::Hash256;

constexpr std::size_t kPieceBlocks = limits::kTreePieceBytes / limits::kTreeBlockBytes;
constexpr int kPieceLevels = 6;
static_assert(kPieceBlocks == std::size_t{1} << kPieceLevels);

ByteView bytes_of(std::span<const Hash256> hashes) {
  return ByteView(reinterpret_cast<const std::uint8_t*>(hashes.data()), hashes.size_bytes());
}

Hash256 parent(const Hash256& left, const Hash256& right) {
  const std::array both = {left, right};
  return crypto::sha256(bytes_of(both));
}

// One level up. An odd last node pairs with `pad`, the hash of a subtree of padding.
void go_up(std::vector<Hash256>& level, Hash256& pad) {
  if (level.size() % 2 != 0) level.push_back(pad);
  std::vector<Hash256> above(level.size() / 2);
  crypto::sha256_batch(bytes_of(level), 2 * sizeof(Hash256), above);
  level = std::move(above);
  pad = parent(pad, pad);
}

// Leaves → the piece's hash, padded with zero leaves to 64, or to their own power of two.
Hash256 piece_hash(std::vector<Hash256>& leaves, bool is_only_piece) {
  if (leaves.empty()) return {};  // of an empty blob, or of a file that ends too early
  Hash256 pad{};
  for (int level = 0; is_only_piece ? leaves.size() > 1 : level < kPieceLevels; ++level)
    go_up(leaves, pad);
  return leaves[0];
}

Hash256 zero_piece_hash() {
  Hash256 pad{};
  for (int level = 0; level < kPieceLevels; ++level) pad = parent(pad, pad);
  return pad;
}

Hash256 root_of(std::vector<Hash256> pieces) {
  if (pieces.empty()) return {};
  Hash256 pad = zero_piece_hash();
  while (pieces.size() > 1) go_up(pieces, pad);
  return pieces[0];
}

}  // namespace

std::uint64_t piece_count(std::uint64_t blob_size) {
  return blob_size / limits::kTreePieceBytes + (blob_size % limits::kTreePieceBytes != 0 ? 1 : 0);
}

std::uint64_t piece_size(std::uint64_t blob_size, std::uint64_t index) {
  CHECK(index < piece_count(blob_size));
  return std::min(limits::kTreePieceBytes, blob_size - index * limits::kTreePieceBytes);
}

Result<BlobTree> BlobTree::parse(ByteView level, std::uint64_t size) {
  const std::uint64_t want = piece_count(size) * sizeof(Hash256);
  if (level.size() != want)
    return fail(Code::Corrupt, fmt::format("tree of a blob of {} bytes: expected {} bytes, got {}",
                                           size, want, level.size()));
  BlobTree out{.size = size, .pieces = std::vector<Hash256>(piece_count(size)), .root = {}};
  for (std::size_t i = 0; i < out.pieces.size(); ++i)
    std::ranges::copy(level.subspan(i * sizeof(Hash256), sizeof(Hash256)), out.pieces[i].begin());
  out.root = root_of(out.pieces);
  return out;
}

Bytes encode(const BlobTree& tree) {
  Bytes out;
  out.reserve(tree.pieces.size() * sizeof(Hash256));
  for (const Hash256& hash : tree.pieces) out.insert(out.end(), hash.begin(), hash.end());
  return out;
}

void PieceHasher::update(ByteView bytes) {
  while (!bytes.empty()) {
    if (in_block_ == 0) bytes = bytes.subspan(hash_blocks(bytes));
    const std::size_t take =
        std::min<std::size_t>(bytes.size(), limits::kTreeBlockBytes - in_block_);
    sha_.update(bytes.first(take));
    in_block_ += take;
    bytes = bytes.subspan(take);
    if (in_block_ == limits::kTreeBlockBytes) end_block();
  }
}

// Hashes the whole blocks that `bytes` begin with, side by side; returns their length.
std::size_t PieceHasher::hash_blocks(ByteView bytes) {
  const std::size_t count = bytes.size() / limits::kTreeBlockBytes;
  const std::size_t had = leaves_.size();
  CHECK(count <= kPieceBlocks - had);
  leaves_.resize(had + count);
  const std::size_t size = count * limits::kTreeBlockBytes;
  crypto::sha256_batch(bytes.first(size), limits::kTreeBlockBytes, std::span(leaves_).subspan(had));
  return size;
}

void PieceHasher::end_block() {
  CHECK(leaves_.size() < kPieceBlocks);
  leaves_.push_back(sha_.finish());
  in_block_ = 0;
}

Hash256 PieceHasher::finish(std::uint64_t blob_size) {
  if (in_block_ != 0) end_block();
  const Hash256 hash = piece_hash(leaves_, blob_size <= limits::kTreePieceBytes);
  leaves_.clear();
  return hash;
}

Result<void> verify_piece(const BlobTree& tree, std::uint64_t index, ByteView bytes) {
  CHECK(index < tree.pieces.size());
  PieceHasher hasher;
  hasher.update(bytes.first(std::min<std::size_t>(bytes.size(), limits::kTreePieceBytes)));
  if (bytes.size() == piece_size(tree.size, index) &&
      hasher.finish(tree.size) == tree.pieces[index])
    return {};
  return fail(Code::Corrupt, fmt::format("piece {} (at byte {}) does not match its hash", index,
                                         index * limits::kTreePieceBytes));
}

void TreeBuilder::update(ByteView bytes) {
  while (!bytes.empty()) {
    const std::size_t take =
        std::min<std::size_t>(bytes.size(), limits::kTreePieceBytes - in_piece_);
    piece_.update(bytes.first(take));
    in_piece_ += take;
    tree_.size += take;
    bytes = bytes.subspan(take);
    if (in_piece_ == limits::kTreePieceBytes) end_piece();
  }
}

// A full piece hashes alike in every blob; only the last may be short, and then the size is final.
void TreeBuilder::end_piece() {
  tree_.pieces.push_back(piece_.finish(tree_.size));
  in_piece_ = 0;
}

BlobTree TreeBuilder::finish() {
  if (in_piece_ != 0) end_piece();
  tree_.root = root_of(tree_.pieces);
  return std::exchange(tree_, {});
}

BlobTree tree_of(ByteView blob) {
  TreeBuilder builder;
  builder.update(blob);
  return builder.finish();
}

}  // namespace tegula::content

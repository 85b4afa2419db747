#include "tlog/merkle.h"

namespace tegula::tlog {
namespace {

constexpr std::uint8_t kLeafPrefix[] = {0x00};
constexpr std::uint8_t kNodePrefix[] = {0x01};

}  // namespace

Hash256 TreeHasher::leaf(ByteView entry) {
  sha_.update(kLeafPrefix);
  sha_.update(entry);
  return sha_.finish();
}

Hash256 TreeHasher::node(const Hash256& left, const Hash256& right) {
  sha_.update(kNodePrefix);
  sha_.update(left);
  sha_.update(right);
  return sha_.finish();
}

// Level by level: an odd last node moves up as it is, which splits where the RFC says.
Hash256 TreeHasher::root(std::span<const Hash256> leaves) {
  if (leaves.empty()) return empty_root();
  level_.assign(leaves.begin(), leaves.end());
  while (level_.size() > 1) {
    const std::size_t pairs = level_.size() / 2;
    for (std::size_t i = 0; i < pairs; ++i) level_[i] = node(level_[2 * i], level_[2 * i + 1]);
    if (level_.size() % 2 != 0) level_[pairs] = level_.back();
    level_.resize((level_.size() + 1) / 2);
  }
  return level_[0];
}

Hash256 leaf_hash(ByteView entry) { return TreeHasher().leaf(entry); }

const Hash256& empty_root() {
  static const Hash256 kRoot = crypto::sha256({});
  return kRoot;
}

}  // namespace tegula::tlog

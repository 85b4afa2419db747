#include "logserver/entry_index.h"

#include <algorithm>
#include <utility>

namespace tegula::logserver {
namespace {

constexpr std::size_t kSlotsMin = 1024;

// A bijection of 64 bits in which every bit depends on every other (the finaliser of SplitMix64).
std::uint64_t mix(std::uint64_t x) {
  x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9;
  x = (x ^ x >> 27) * 0x94D049BB133111EB;
  return x ^ x >> 31;
}

}  // namespace

Result<EntryIndex> EntryIndex::read(const TileStore& store, std::uint64_t size, Random& random) {
  EntryIndex out(random.next());
  for (std::uint64_t tile = 0; tile * tlog::kTileWidth < size; ++tile) {
    const tlog::TileId id{.level = 0, .index = tile, .width = tlog::tile_width(0, tile, size)};
    const Bytes bytes = TRY(store.read_tile(id));
    const auto hashes = TRY(tlog::parse_tile(bytes, id.width), path_of(id));
    for (std::uint64_t i = 0; i < hashes.size(); ++i)
      out.insert(hashes[i], tile * tlog::kTileWidth + i);
  }
  return out;
}

std::uint64_t EntryIndex::tag_of(const tlog::Hash256& leaf) const {
  std::uint64_t head = 0;
  for (std::size_t i = 0; i < sizeof head; ++i) head = head << 8 | leaf[i];
  return mix(head ^ secret_);
}

void EntryIndex::insert(const tlog::Hash256& leaf, std::uint64_t index) {
  if (4 * (count_ + 1) > 3 * slots_.size()) grow();
  put({.tag = tag_of(leaf), .place = index + 1});
  ++count_;
}

void EntryIndex::put(const Slot& slot) {
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = slot.tag & mask;
  while (slots_[at].place != 0) at = (at + 1) & mask;
  slots_[at] = slot;
}

void EntryIndex::grow() {
  const std::vector<Slot> old =
      std::exchange(slots_, std::vector<Slot>(std::max(kSlotsMin, 2 * slots_.size())));
  for (const Slot& slot : old)
    if (slot.place != 0) put(slot);
}

std::vector<std::uint64_t> EntryIndex::find(const tlog::Hash256& leaf) const {
  std::vector<std::uint64_t> out;
  if (slots_.empty()) return out;
  const std::size_t mask = slots_.size() - 1;
  const std::uint64_t tag = tag_of(leaf);
  for (std::size_t at = tag & mask; slots_[at].place != 0; at = (at + 1) & mask)
    if (slots_[at].tag == tag) out.push_back(slots_[at].place - 1);
  std::ranges::sort(out);
  return out;
}

}  // namespace tegula::logserver

// Which entry has which leaf hash, so that one entry gets one index. In memory, 16 bytes a slot;
// made anew from the tiles of level 0 when a log opens.
//
// It remembers 64 bits of a hash, mixed with a secret so that nobody can choose entries that fall
// on one another. So it names candidates: the caller compares the whole hash.
//
// Thread rule: one thread at a time.
#pragma once

#include <cstdint>
#include <vector>

#include "base/random.h"
#include "base/result.h"
#include "logserver/tile_store.h"
#include "tlog/merkle.h"

namespace tegula::logserver {

class EntryIndex {
 public:
  explicit EntryIndex(std::uint64_t secret) : secret_(secret) {}

  // Of the first `size` entries of a log.
  static Result<EntryIndex> read(const TileStore& store, std::uint64_t size, Random& random);

  void insert(const tlog::Hash256& leaf, std::uint64_t index);

  // In the order of the log; nearly always none or one.
  std::vector<std::uint64_t> find(const tlog::Hash256& leaf) const;

  std::uint64_t count() const { return count_; }

 private:
  struct Slot {
    std::uint64_t tag = 0;
    std::uint64_t place = 0;  // index + 1; 0: free
  };

  std::uint64_t tag_of(const tlog::Hash256& leaf) const;
  void put(const Slot& slot);
  void grow();

  std::uint64_t secret_;
  std::uint64_t count_ = 0;
  std::vector<Slot> slots_;  // a power of two, at most three quarters full
};

}  // namespace tegula::logserver

// The right edge of a log: takes entries, says which files they make.
//
// Thread rule: one thread at a time. Errors of resume: Corrupt if the stored tiles and the last
// bundle don't give the head, what the store says. Those of append: Exhausted.
#pragma once

#include <vector>

#include "logserver/file_batch.h"
#include "logserver/tile_store.h"
#include "tlog/tile_builder.h"

namespace tegula::logserver {

class LogTree {
 public:
  // Goes on from what is stored. What a crash left beyond `head` doesn't count and is written over.
  static Result<LogTree> resume(const TileStore& store, const tlog::TreeHead& head);

  // `leaf` is the entry's hash.
  Result<void> append(ByteView entry, const tlog::Hash256& leaf);

  tlog::TreeHead head() { return tree_.head(); }
  std::uint64_t size() const { return tree_.size(); }

  // Tiles and bundles that changed since the last take, by their paths. Once they are stored, every
  // proof up to head() can be made.
  std::vector<NewFile> take();

 private:
  explicit LogTree(tlog::TileBuilder tree) : tree_(std::move(tree)) {}

  tlog::TileBuilder tree_;
  Bytes bundle_;  // the last one, unless it is full
  std::vector<NewFile> full_bundles_;
  bool bundle_changed_ = false;
};

}  // namespace tegula::logserver

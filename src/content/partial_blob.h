// A blob on its way into the store. Its pieces arrive in any order and from several threads; each
// is checked against the blob's tree where that is known, written where it belongs, and noted in a
// journal. What is there when the program ends, however it ends, is there the next time: every
// noted piece is read again then and counts if it still has its hash, so nothing need be synced
// before the end. Two processes never bring in the same blob side by side.
//
// Errors: Corrupt, DiskFull, what the file system says, Cancelled.
// Thread rule: put(), has() and start_anew() from any thread; the others from one.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <vector>

#include "base/progress.h"
#include "base/stop.h"
#include "content/blob_store.h"
#include "content/partial_journal.h"
#include "content/prefix_hasher.h"

namespace tegula::content {

class PartialBlob {
 public:
  // Waits for another process that has it open. `tree` must be the tree of the blob: whoever asks
  // has compared its root. Refuses a blob for which the disk has no room.
  static Result<std::unique_ptr<PartialBlob>> open(const StoreContext& store, const Digest& digest,
                                                   std::uint64_t size, std::optional<BlobTree> tree,
                                                   Progress& progress, const Stop& stop);

  std::uint64_t size() const { return journal_.size; }
  bool has_tree() const { return tree_.has_value(); }
  std::uint64_t present_bytes() const;
  bool has(std::uint64_t piece) const;

  // What the keeper of the bytes called them when the first piece came; empty: nothing.
  const std::string& version() const { return journal_.version; }

  // Forgets every piece: from here on they are those of `version`.
  Result<void> start_anew(std::string_view version);

  // Corrupt if it isn't the piece that the tree names; nothing is written then. The first to bring
  // a piece is the one that counts; what start_anew() overtakes does not.
  Result<void> put(std::uint64_t piece, ByteView bytes);

  // Every piece is there. Makes it a blob of the store, after which only the destructor may be
  // called; Corrupt if it has another digest, and then nothing of it is kept.
  Result<StoredBlob> finish(Lease& lease);

 private:
  PartialBlob(const StoreContext& store, const Digest& digest, std::optional<BlobTree> tree);

  os::Path data_path() const { return folder_ / "data"; }
  os::Path journal_path() const { return folder_ / "journal"; }

  Result<void> lock(const Stop& stop);
  Result<void> take_up(Progress& progress, const Stop& stop);
  Result<void> expect_space() const;
  std::optional<std::uint64_t> begin_piece(std::uint64_t piece);
  void mark(std::uint64_t piece, const crypto::Hash256& hash);
  Result<StoredBlob> commit(HashedBlob hashed, Lease& lease);
  void leave();

  const StoreContext store_;
  const Digest digest_;
  const std::optional<BlobTree> tree_;
  const os::Path folder_;
  StoreLock lock_;
  WallTime opened_;
  std::unique_ptr<os::File> data_;

  mutable std::mutex mutex_;  // guards the following
  std::unique_ptr<os::File> journal_file_;
  PartialJournal journal_;
  std::set<std::uint64_t> writing_;  // pieces that threads are at
  std::uint64_t starts_ = 0;         // how often all was forgotten
  std::uint64_t prefix_ = 0;         // pieces from the start that are all there
  std::unique_ptr<PrefixHasher> hasher_;
};

}  // namespace tegula::content

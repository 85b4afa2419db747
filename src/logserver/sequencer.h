// Gives entries their places: takes what many clients bring, writes it in one round, and answers
// when it is durable and the log has committed itself to it.
//
// A round: the entries that wait get the next indices; tiles and bundles are written and synced;
// the proof that the new tree begins with the old one is made of the very files; the record signs
// the new head; only then are the clients answered. If a round fails, its clients are told so, and
// the next one starts from what the disk holds. Nothing is kept of entries that were not answered,
// but they may be in the log.
//
// An entry that is in the log, or waits to be, gets the index it has. So does one that waits
// already when it turns out that a round had failed only after the record was written.
//
// Thread rule: add, head, waiting, halt and wait from any thread; sequence from one thread at a
// time. Answers are called without locks, on the thread that calls add or sequence, and must not
// block. Errors of an answer: Exhausted for an entry over the limit, otherwise why the round
// failed.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "logserver/entry_index.h"
#include "logserver/log_layout.h"
#include "logserver/log_tree.h"
#include "logserver/signing_record.h"

namespace tegula::logserver {

struct Placed {
  std::uint64_t index = 0;
  bool is_duplicate = false;  // somebody brought it before

  bool operator==(const Placed&) const = default;
};

using Answer = std::function<void(const Result<Placed>&)>;

class Sequencer {
 public:
  // All must outlive it; the caller holds the log's lock. Corrupt if the tiles aren't those of the
  // last signed checkpoint.
  static Result<std::unique_ptr<Sequencer>> open(os::FileSystem& fs, const LogLayout& layout,
                                                 SigningRecord record, Random& random);

  // False if too much waits already: try again later; the answer isn't called.
  [[nodiscard]] bool add(Bytes entry, Answer answer);

  // The last checkpoint that was signed, published or not.
  SignedCheckpoint head() const;
  const TileStore& store() const { return store_; }

  std::size_t waiting() const;  // answers that are owed

  // No entry is taken any more; those that wait are told why.
  void halt(const Error& why);

  // Until something waits for a round, or `until`, or wake().
  void wait(MonotonicTime until);
  void wake();

  // One round; how many entries it placed, 0 if none waits. All of its clients have been answered,
  // whatever the result.
  Result<std::size_t> sequence();

 private:
  struct Pending {
    Bytes entry;
    tlog::Hash256 leaf;
    std::vector<Answer> answers;
  };
  using Batch = std::vector<std::shared_ptr<Pending>>;

  // Waits for a place, and has one.
  struct PlacedBefore {
    std::shared_ptr<Pending> pending;
    std::uint64_t index = 0;
  };

  struct HashOfLeaf {
    std::size_t operator()(const tlog::Hash256& leaf) const;
  };

  Sequencer(os::FileSystem& fs, const LogLayout& layout, SigningRecord record, EntryIndex index,
            FileBatch files);

  Result<std::optional<std::uint64_t>> find(const tlog::Hash256& leaf) const;
  Batch take_batch();
  Result<void> place(const Batch& batch);
  Result<void> go_back();
  Result<void> catch_up();
  std::vector<PlacedBefore> insert(const std::vector<tlog::Hash256>& leaves);
  void finish(const Batch& batch, std::uint64_t first, const Result<void>& placed);
  void forget(const Pending& pending);

  const TileStore store_;
  SigningRecord record_;         // of the thread that sequences
  FileBatch files_;              // likewise
  std::optional<LogTree> tree_;  // likewise; nothing after a failure

  mutable std::mutex mutex_;
  std::condition_variable filled_;
  // Guarded by mutex_.
  EntryIndex index_;
  SignedCheckpoint head_;
  std::deque<std::shared_ptr<Pending>> pool_;
  std::unordered_map<tlog::Hash256, std::shared_ptr<Pending>, HashOfLeaf> by_leaf_;
  std::size_t answers_ = 0;
  std::uint64_t bytes_ = 0;
  std::optional<Error> halted_;
  bool woken_ = false;
};

}  // namespace tegula::logserver

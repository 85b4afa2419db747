// Publishes what was signed: asks the witnesses, and writes public/checkpoint once a quorum of the
// log's policy has seen it. Without a quorum the old checkpoint stays.
//
// Once a witness has proven that the log was rolled back nothing is published any more, and those
// who wait are told so.
//
// Thread rule: last, halted and when_published from any thread; publish from one thread at a time.
// Answers are called without locks and must not block. Errors of publish: Unavailable without a
// quorum, why it was halted, what the file system says.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>

#include "base/clock.h"
#include "logserver/cosigners.h"
#include "logserver/file_batch.h"
#include "logserver/log_layout.h"
#include "logserver/tile_store.h"
#include "tlog/policy.h"

namespace tegula::logserver {

struct Published {
  tlog::Checkpoint checkpoint;
  std::string note;  // as it stands in the file, with its cosignatures
  MonotonicTime at;
};

class Publisher {
 public:
  struct Options {
    std::chrono::seconds refresh{600};  // cosignatures that are older are made anew
  };

  // All must outlive it. Corrupt if what is published isn't the beginning of what was signed: then
  // record or tiles are older than what the world has seen.
  static Result<std::unique_ptr<Publisher>> open(os::FileSystem& fs, const LogLayout& layout,
                                                 const SignedCheckpoint& head, tlog::Policy policy,
                                                 const tlog::NoteKey& key, const Clock& clock,
                                                 Cosigners& cosigners, const Options& options);

  // Nothing before the first publication.
  std::shared_ptr<const Published> last() const;

  // Why nothing is published any more; nothing while it is.
  std::optional<Error> halted() const;

  // Calls back when a checkpoint over at least `size` entries is published; with Unavailable after
  // kPublicationWaitMax, or with why it never will be.
  using Ready = std::function<void(const Result<std::shared_ptr<const Published>>&)>;
  void when_published(std::uint64_t size, Ready ready);

  // False if there is nothing new to say.
  Result<bool> publish(const SignedCheckpoint& head, const Stop& stop);

 private:
  struct Waiting {
    Ready ready;
    MonotonicTime until;
  };

  Publisher(os::FileSystem& fs, const LogLayout& layout, tlog::Policy policy, const Clock& clock,
            Cosigners& cosigners, const Options& options, FileBatch files);

  bool is_due(const SignedCheckpoint& head) const;
  Result<tlog::Note> cosign(const SignedCheckpoint& head, const Stop& stop);
  void tell(const std::shared_ptr<const Published>& published);
  void expire();
  void halt(const Error& why);
  void drop_partials(std::uint64_t old_size, std::uint64_t size);
  void drop_folder(const std::string& path);

  os::FileSystem& fs_;
  const os::Path folder_;
  const tlog::Policy policy_;
  const Clock& clock_;
  Cosigners& cosigners_;
  const Options options_;
  FileBatch files_;

  mutable std::mutex mutex_;
  std::shared_ptr<const Published> last_;          // guarded by mutex_
  std::multimap<std::uint64_t, Waiting> waiting_;  // by size; guarded by mutex_
  std::optional<Error> halted_;                    // guarded by mutex_
};

}  // namespace tegula::logserver

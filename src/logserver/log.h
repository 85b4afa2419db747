// A log in its folder: made once, opened by one process at a time.
//
//   create_log(fs, root, config, policy, clock)
//   Log::open(…)            takes the lock, checks everything that was signed and published
//   log->sequencer().add    any thread
//   log->sequence(), log->publish(stop)       by a LogRunner, or by a test
//
// Thread rule: as its Sequencer and Publisher; sequence and publish each from one thread at a time,
// side by side.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "crypto/key.h"
#include "logserver/log_config.h"
#include "logserver/publisher.h"
#include "logserver/sequencer.h"

namespace tegula::logserver {

struct LogWorld {
  os::FileSystem& fs;
  const Clock& clock;
  Random& random;
};

// What belongs to a log beside itself, such as the files of those who trust it. Called before the
// log counts as made, and again if that was interrupted.
using LogCompanions = std::function<Result<void>(const tlog::NoteKey&)>;

// Config, key, policy, an empty tree. Its folder may be there if it is empty or was left by a
// create_log that didn't finish; AlreadyExists if there is a log in it. Witnesses come from
// `policy`, to which the log itself is added.
Result<tlog::NoteKey> create_log(const LogWorld& world, const os::Path& root,
                                 const LogConfig& config, tlog::Policy policy,
                                 const LogCompanions& add_companions = {});

// What may be known of a log without opening it.
struct LogIdentity {
  LogConfig config;
  tlog::NoteKey key;
  tlog::Policy policy;
};

// Takes the public half from the key file, so it needs the right to read that.
Result<LogIdentity> read_log_identity(const os::FileSystem& fs, const os::Path& root);

// Keeps every other process from signing for a log, and removes what a kill has left. NotFound if
// there is none, Unavailable if another process has it open.
Result<std::unique_ptr<os::FileLock>> lock_log(os::FileSystem& fs, const LogLayout& layout);

class Log {
 public:
  // All must outlive it. Unavailable if another process has it open, Corrupt if it was halted.
  static Result<std::unique_ptr<Log>> open(const LogWorld& world, const os::Path& root,
                                           Cosigners& cosigners,
                                           const Publisher::Options& options = {});

  const LogIdentity& identity() const { return identity_; }
  Sequencer& sequencer() { return *sequencer_; }
  Publisher& publisher() { return *publisher_; }
  const TileStore& store() const { return sequencer_->store(); }

  Result<std::size_t> sequence() { return sequencer_->sequence(); }

  // A log that a witness has caught behind its own past is halted: it takes no entries and
  // publishes nothing any more, and doesn't open again.
  Result<bool> publish(const Stop& stop);

 private:
  Log(os::FileSystem& fs, LogLayout layout, LogIdentity identity, crypto::PrivateKey key,
      std::unique_ptr<os::FileLock> lock)
      : fs_(fs),
        layout_(std::move(layout)),
        identity_(std::move(identity)),
        key_(std::move(key)),
        lock_(std::move(lock)) {}

  Result<void> halt(const Error& why);

  os::FileSystem& fs_;
  const LogLayout layout_;
  const LogIdentity identity_;
  const crypto::PrivateKey key_;
  const std::unique_ptr<os::FileLock> lock_;
  std::unique_ptr<Sequencer> sequencer_;
  std::unique_ptr<Publisher> publisher_;
  bool is_halt_kept_ = false;  // of the thread that publishes
};

}  // namespace tegula::logserver

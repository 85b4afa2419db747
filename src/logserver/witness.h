// A witness: remembers the last checkpoint of each log that it knows, and cosigns only what
// continues it (C2SP tlog-witness v1.0.0; docs/reference/witness.md).
//
// What it is about to sign is on disk before it answers, so that no crash lets it sign a second
// history. Its folder:
//
//   config.json    its name
//   key.pem        its key, which signs nothing but cosignatures
//   logs           a tlog-policy with the logs that it knows
//   state/<hex>    SHA-256 of the origin: the last checkpoint, as it was signed and cosigned
//
// Thread rule: any thread; requests take turns.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/clock.h"
#include "crypto/key.h"
#include "logserver/cosign_request.h"
#include "os/file_system.h"
#include "tlog/checkpoint.h"
#include "tlog/policy.h"

namespace tegula::logserver {

// What HTTP says about it.
struct WitnessReply {
  int status = 200;
  std::string body{};
  bool is_size = false;  // body is the size that the witness has: text/x.tlog.size

  bool operator==(const WitnessReply&) const = default;
};

// A name is a key's: a host name, with a path if need be. AlreadyExists if there is one.
Result<tlog::NoteKey> create_witness(os::FileSystem& fs, const os::Path& root,
                                     const std::string& name, const tlog::Policy& logs);

class Witness {
 public:
  // All must outlive it. Unavailable if another process has it open; Corrupt for a state that
  // can't be read.
  static Result<std::unique_ptr<Witness>> open(os::FileSystem& fs, const Clock& clock,
                                               const os::Path& root);

  const tlog::NoteKey& key() const { return key_; }

  // The answer to a request: 200 with a signature line, or
  //   400 malformed, or old larger than the checkpoint's size      404 a log that it doesn't know
  //   403 not signed by that log                                   409 old is not what it has seen
  //   422 the checkpoint does not continue what it has seen        500 its own disk
  WitnessReply add_checkpoint(std::string_view body);

  // The last checkpoint with its cosignature, for monitors, by the hexadecimal SHA-256 of the
  // log's origin.
  std::optional<std::string> checkpoint(std::string_view origin_hash) const;

 private:
  struct State {
    tlog::TreeHead head{.size = 0, .root = tlog::empty_root()};
    std::string note{};  // empty: it has seen nothing of this log
  };

  Witness(os::FileSystem& fs, const Clock& clock, os::Path root, crypto::PrivateKey key,
          tlog::NoteKey name, tlog::Policy logs, std::unique_ptr<os::FileLock> lock);

  os::Path state_path(const std::string& origin) const;
  Result<State*> state_of(const std::string& origin);
  Result<State> read_state(const std::string& origin) const;
  WitnessReply decide(const CosignRequest& request, const tlog::Checkpoint& checkpoint);
  Result<tlog::NoteSignature> sign(const tlog::Checkpoint& checkpoint, const tlog::Note& note);

  os::FileSystem& fs_;
  const Clock& clock_;
  const os::Path root_;
  const crypto::PrivateKey signer_;
  const tlog::NoteKey key_;
  const tlog::Policy logs_;
  const std::unique_ptr<os::FileLock> lock_;

  mutable std::mutex mutex_;
  std::map<std::string, State> states_;  // by origin; guarded by mutex_. Absent: ask the disk
};

std::string origin_hash(std::string_view origin);

}  // namespace tegula::logserver

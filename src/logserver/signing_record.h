// The last checkpoint that a log has signed, and the only place where it signs one.
//
// A log that shows two histories is finished. So no signature leaves advance() before it is on
// disk, apart from the tiles and synced by itself; each checkpoint must be proven to contain the
// one before; and the file is compared before it is replaced, so that a second program that got
// past the lock is noticed. A crash leaves the old checkpoint, which nobody has seen a successor
// of, or the new one (docs/design/0060-signing-record.md).
//
// Errors: Corrupt if the record can't be read, isn't this log's, or was changed by somebody else;
// Untrusted for a tree that doesn't contain the last; what the file system says. After an error of
// the disk nothing is signed until reload() has found out which of the two is there.
// Thread rule: one thread at a time.
#pragma once

#include <optional>
#include <string>

#include "crypto/signer.h"
#include "os/file_system.h"
#include "tlog/checkpoint.h"
#include "tlog/note.h"
#include "tlog/proof.h"

namespace tegula::logserver {

struct SignedCheckpoint {
  tlog::Checkpoint checkpoint;
  tlog::Note note;  // with the log's own signature

  bool operator==(const SignedCheckpoint&) const = default;
};

// A note that this key signed under its own name as origin; Untrusted otherwise.
Result<SignedCheckpoint> read_signed_checkpoint(std::string_view text, const tlog::NoteKey& key);

class SigningRecord {
 public:
  // Signs the empty tree; AlreadyExists if there is a record.
  static Result<void> create(os::FileSystem& fs, const os::Path& path, const tlog::NoteKey& key,
                             const crypto::Signer& signer);

  // All must outlive it; the caller holds the log's lock.
  static Result<SigningRecord> open(os::FileSystem& fs, os::Path path, tlog::NoteKey key,
                                    const crypto::Signer& signer);

  const SignedCheckpoint& last() const { return *last_; }
  const tlog::NoteKey& key() const { return key_; }

  // Signs this tree. `proof` shows that it begins with last()'s.
  Result<SignedCheckpoint> advance(const tlog::TreeHead& head, tlog::ProofView proof);

  // Reads what is there, and makes sure that it stays: whoever wrote it may have been killed before
  // syncing its name, or was told that a sync failed.
  Result<void> reload();

 private:
  SigningRecord(os::FileSystem& fs, os::Path path, tlog::NoteKey key, const crypto::Signer& signer)
      : fs_(&fs), path_(std::move(path)), key_(std::move(key)), signer_(&signer) {}

  Result<void> compare() const;

  os::FileSystem* fs_;
  os::Path path_;
  tlog::NoteKey key_;
  const crypto::Signer* signer_;
  std::optional<SignedCheckpoint> last_;
  bool is_certain_ = false;  // last_ is what the disk holds
};

}  // namespace tegula::logserver

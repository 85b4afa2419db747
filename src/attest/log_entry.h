// That a Rekor log has an entry: by its signed promise, by a proof up to a signed checkpoint, or
// both (docs/reference/verification.md#logs).
//
// Thread rule: free functions over values. Errors: Untrusted if the log doesn't vouch for the
// entry, Corrupt for a checkpoint that is none, Unsupported for a log's key that can't be checked.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "attest/bundle.h"
#include "attest/trusted_root.h"
#include "base/result.h"
#include "tlog/policy.h"

namespace tegula::attest {

struct VerifiedEntry {
  std::string log{};        // its origin, or its base URL where there is a promise alone
  std::uint64_t index = 0;  // in that log
  std::string kind{};       // "hashedrekord 0.0.2"
  std::optional<std::int64_t> time_s{};        // when it came into the log, if the log signed that
  std::optional<std::uint64_t> tree_size{};    // of the checkpoint; nothing: promised, not proven
  std::vector<tlog::WitnessedAt> witnesses{};  // of the policy, who saw the checkpoint

  bool operator==(const VerifiedEntry&) const = default;
};

// `policy` may be null: no witness is asked for then, and any trusted log will do. Its logs, if
// there are any, are the only ones that will; its quorum must have seen the checkpoint.
Result<VerifiedEntry> verify_log_entry(const LogEntry& entry, const TrustedLog& log,
                                       const tlog::Policy* policy);

// What the promise signs (Rekor's signed entry timestamp): canonical JSON.
std::string promised_text(const LogEntry& entry);

// The keys that may sign a log's checkpoints: by its host, with and without the port.
// Unsupported for kinds of keys that sign no notes.
Result<std::vector<tlog::NoteKey>> note_keys_of(const TrustedLog& log);

}  // namespace tegula::attest

// Which logs to believe, and how many witnesses must have seen a checkpoint (C2SP tlog-policy;
// docs/reference/log-policy.md).
//
//   log <vkey> [<url>]
//   witness <name> <vkey> [<url>]
//   group <name> all|any|<k> <member>…
//   quorum <name>|none
//
// Thread rule: values. Errors of parse_policy: InvalidArgument with the line, Unsupported for a key
// of a kind that can't be checked, Exhausted past a limit.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "tlog/checkpoint.h"
#include "tlog/note.h"
#include "tlog/note_key.h"

namespace tegula::tlog {

struct PolicyLog {
  NoteKey key;      // its name is the log's origin
  std::string url;  // may be empty

  bool operator==(const PolicyLog&) const = default;
};

struct PolicyWitness {
  std::string name;  // within the policy only; any bytes but blanks and controls
  NoteKey key;
  std::string url;

  bool operator==(const PolicyWitness&) const = default;
};

// A witness or a group, by its place in the policy.
struct PolicyMember {
  enum class Kind { Witness, Group };
  Kind kind = Kind::Witness;
  std::size_t place = 0;

  bool operator==(const PolicyMember&) const = default;
};

// Has seen a checkpoint if `threshold` of its members have.
struct PolicyGroup {
  std::string name;
  std::size_t threshold = 1;          // 1 to members.size()
  std::vector<PolicyMember> members;  // groups among them stand before this one

  bool operator==(const PolicyGroup&) const = default;
};

struct Policy {
  std::vector<PolicyLog> logs;
  std::vector<PolicyWitness> witnesses;
  std::vector<PolicyGroup> groups;
  std::optional<PolicyMember> quorum;  // nothing: no witness is needed

  bool operator==(const Policy&) const = default;
};

Result<Policy> parse_policy(std::string_view text);

// Canonical, without comments; parses to the same policy.
std::string encode(const Policy& policy);

// Whether these witnesses, one flag each in the order of the policy, are a quorum.
bool is_quorum(const Policy& policy, const std::vector<bool>& seen);

struct WitnessedAt {
  std::string witness;  // its name in the policy
  std::uint64_t time_s = 0;

  bool operator==(const WitnessedAt&) const = default;
};

struct AcceptedCheckpoint {
  Checkpoint checkpoint;
  std::size_t log = 0;  // its place in the policy
  std::vector<WitnessedAt> witnesses;
};

// The checkpoint that the note holds, if a log of the policy signed it under its own name and a
// quorum has seen it; Untrusted otherwise, Corrupt if it is none. A log that is also its own
// witness doesn't count as one. Nobody's clock is asked: the caller may want times that are not too
// old.
Result<AcceptedCheckpoint> accept(const Policy& policy, const Note& note);

}  // namespace tegula::tlog

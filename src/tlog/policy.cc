#include "tlog/policy.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/printable.h"

namespace tegula::tlog {
namespace {

const std::string& name_of(const Policy& policy, const PolicyMember& member) {
  return member.kind == PolicyMember::Kind::Witness ? policy.witnesses[member.place].name
                                                    : policy.groups[member.place].name;
}

std::string with_url(std::string line, const std::string& url) {
  return std::move(line) + (url.empty() ? "" : " " + url) + "\n";
}

std::string group_line(const Policy& policy, const PolicyGroup& group) {
  std::string out = fmt::format("group {} {}", group.name, group.threshold);
  for (const PolicyMember& member : group.members) out += " " + name_of(policy, member);
  return out + "\n";
}

std::vector<NoteKey> keys_of(const Policy& policy) {
  std::vector<NoteKey> out;
  for (const PolicyLog& log : policy.logs) out.push_back(log.key);
  for (const PolicyWitness& witness : policy.witnesses) out.push_back(witness.key);
  return out;
}

// The log of the policy that signed under its own name.
Result<std::size_t> find_log(const Policy& policy, const std::string& origin,
                             const std::vector<VerifiedSignature>& signatures) {
  for (const VerifiedSignature& signature : signatures)
    if (signature.key < policy.logs.size() && policy.logs[signature.key].key.name() == origin)
      return signature.key;
  return fail(Code::Untrusted, fmt::format("the checkpoint of \"{}\" is signed by no log of the "
                                           "policy under this name",
                                           printable(origin)));
}

bool is_a_log(const Policy& policy, const NoteKey& key) {
  return std::ranges::any_of(policy.logs,
                             [&](const PolicyLog& log) { return log.key.key() == key.key(); });
}

// The latest time of each witness that signed; a log's word about itself is no second opinion.
std::vector<std::optional<std::uint64_t>> times_of(
    const Policy& policy, const std::vector<VerifiedSignature>& signatures) {
  std::vector<std::optional<std::uint64_t>> out(policy.witnesses.size());
  for (const VerifiedSignature& signature : signatures) {
    if (signature.key < policy.logs.size()) continue;
    const std::size_t place = signature.key - policy.logs.size();
    if (!is_a_log(policy, policy.witnesses[place].key))
      out[place] = std::max(out[place], signature.time_s);
  }
  return out;
}

std::unexpected<Error> no_quorum(const Policy& policy, const std::vector<WitnessedAt>& seen) {
  std::vector<std::string> names;
  for (const WitnessedAt& one : seen) names.push_back(printable(one.witness));
  return fail(Code::Untrusted,
              fmt::format("the checkpoint was seen by {} of {} witnesses{}{}, which is no quorum "
                          "\"{}\"",
                          seen.size(), policy.witnesses.size(), seen.empty() ? "" : ": ",
                          fmt::join(names, ", "), printable(name_of(policy, *policy.quorum))));
}

}  // namespace

std::string encode(const Policy& policy) {
  std::string out;
  for (const PolicyLog& log : policy.logs) out += with_url("log " + log.key.str(), log.url);
  for (const PolicyWitness& witness : policy.witnesses)
    out += with_url(fmt::format("witness {} {}", witness.name, witness.key.str()), witness.url);
  for (const PolicyGroup& group : policy.groups) out += group_line(policy, group);
  return out + fmt::format("quorum {}\n", policy.quorum ? name_of(policy, *policy.quorum) : "none");
}

// Groups name only what stands before them, so one pass decides them all.
bool is_quorum(const Policy& policy, const std::vector<bool>& seen) {
  std::vector<bool> groups;
  const auto has_seen = [&](const PolicyMember& member) {
    return member.kind == PolicyMember::Kind::Witness ? seen[member.place] : groups[member.place];
  };
  for (const PolicyGroup& group : policy.groups)
    groups.push_back(std::ranges::count_if(group.members, has_seen) >=
                     static_cast<std::ptrdiff_t>(group.threshold));
  return !policy.quorum || has_seen(*policy.quorum);
}

Result<AcceptedCheckpoint> accept(const Policy& policy, const Note& note) {
  const auto signatures = TRY(verify_note(note, keys_of(policy)));
  AcceptedCheckpoint out;
  out.checkpoint = TRY(parse_checkpoint(note.text));
  out.log = TRY(find_log(policy, out.checkpoint.origin, signatures));
  const auto times = times_of(policy, signatures);
  std::vector<bool> seen;
  for (std::size_t i = 0; i < times.size(); ++i) {
    seen.push_back(times[i].has_value());
    if (times[i]) out.witnesses.push_back({policy.witnesses[i].name, *times[i]});
  }
  if (!is_quorum(policy, seen)) return no_quorum(policy, out.witnesses);
  return out;
}

}  // namespace tegula::tlog

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "base/decimal.h"
#include "base/limits.h"
#include "base/printable.h"
#include "tlog/lines.h"
#include "tlog/policy.h"

namespace tegula::tlog {
namespace {

constexpr std::string_view kNone = "none";

using Words = std::vector<std::string_view>;

std::unexpected<Error> no_policy(std::string why, std::string hint = {}) {
  return fail(Code::InvalidArgument, std::move(why), std::move(hint));
}

// Separated by spaces and tabs only, as the specification wants.
Words words_of(std::string_view line) {
  Words out;
  while (true) {
    const std::size_t first = line.find_first_not_of(" \t");
    if (first == line.npos) return out;
    line.remove_prefix(first);
    const std::size_t end = std::min(line.find_first_of(" \t"), line.size());
    out.push_back(line.substr(0, end));
    line.remove_prefix(end);
  }
}

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\t') || byte == 0x7F;
}

std::string der_of(const NoteKey& key) { return std::string(text_of(key.key().der())); }

class Parser {
 public:
  Result<void> take(std::string_view line) {
    if (std::ranges::any_of(line, is_control)) return no_policy("a control character");
    const Words words = words_of(line);
    if (words.empty() || words[0].starts_with('#')) return {};
    if (words[0] == "log") return take_log(words);
    if (words[0] == "witness") return take_witness(words);
    if (words[0] == "group") return take_group(words);
    if (words[0] == "quorum") return take_quorum(words);
    return no_policy(fmt::format("\"{}\" begins no line of a policy", printable(words[0])),
                     "lines begin with log, witness, group or quorum");
  }

  Result<Policy> finish() && {
    if (!has_quorum_)
      return no_policy("there is no quorum line", "without witnesses it is \"quorum none\"");
    return std::move(policy_);
  }

 private:
  Result<void> take_log(const Words& words) {
    if (words.size() < 2 || words.size() > 3) return no_policy("expected log <vkey> [<url>]");
    TRY(check_count("logs", policy_.logs.size()));
    NoteKey key = TRY(NoteKey::parse(words[1]));
    if (key.type() == SignatureType::Cosignature)
      return no_policy(fmt::format("{} is the key of a witness, not of a log", key.name()));
    if (!log_keys_.insert(der_of(key)).second)
      return no_policy(fmt::format("the key of {} is in another log line", key.name()));
    policy_.logs.push_back({std::move(key), std::string(words.size() > 2 ? words[2] : "")});
    return {};
  }

  Result<void> take_witness(const Words& words) {
    if (words.size() < 3 || words.size() > 4)
      return no_policy("expected witness <name> <vkey> [<url>]");
    TRY(check_count("witnesses", policy_.witnesses.size()));
    NoteKey key = TRY(NoteKey::parse(words[2]));
    if (key.type() != SignatureType::Cosignature)
      return no_policy(fmt::format("{} is not the key of a witness", key.name()),
                       "its type is 0x04, cosignature/v1");
    if (!witness_keys_.insert(der_of(key)).second)
      return no_policy(fmt::format("the key of {} is in another witness line", key.name()));
    TRY(define(words[1], {PolicyMember::Kind::Witness, policy_.witnesses.size()}));
    policy_.witnesses.push_back(
        {std::string(words[1]), std::move(key), std::string(words.size() > 3 ? words[3] : "")});
    return {};
  }

  Result<void> take_group(const Words& words) {
    if (words.size() < 4) return no_policy("expected group <name> all|any|<k> <member>…");
    TRY(check_count("groups", policy_.groups.size()));
    PolicyGroup group{.name = std::string(words[1]), .threshold = 1, .members = {}};
    for (std::size_t i = 3; i < words.size(); ++i)
      group.members.push_back(TRY(take_member(words[i])));
    group.threshold = TRY(threshold_of(words[2], group.members.size()));
    TRY(define(group.name, {PolicyMember::Kind::Group, policy_.groups.size()}));
    policy_.groups.push_back(std::move(group));
    return {};
  }

  Result<void> take_quorum(const Words& words) {
    if (words.size() != 2) return no_policy("expected quorum <name>|none");
    if (has_quorum_) return no_policy("a second quorum line");
    has_quorum_ = true;
    if (words[1] == kNone) return {};
    policy_.quorum = TRY(member_of(words[1]));
    return {};
  }

  static Result<void> check_count(std::string_view what, std::size_t count) {
    if (count < limits::kPolicyEntriesMax) return {};
    return fail(Code::Exhausted,
                fmt::format("a policy with more than {} {}", limits::kPolicyEntriesMax, what));
  }

  static Result<std::size_t> threshold_of(std::string_view word, std::size_t members) {
    if (word == "any") return 1;
    if (word == "all") return members;
    const auto number = parse_decimal(word, members);
    if (number && *number > 0) return static_cast<std::size_t>(*number);
    return no_policy(fmt::format("\"{}\" of {} members", printable(word), members),
                     fmt::format("all, any or a number from 1 to {}", members));
  }

  Result<void> define(std::string_view name, PolicyMember member) {
    if (name == kNone) return no_policy("the name \"none\" is taken");
    if (names_.emplace(name, member).second) return {};
    return no_policy(fmt::format("the name \"{}\" is taken", printable(name)));
  }

  Result<PolicyMember> member_of(std::string_view name) const {
    const auto found = names_.find(name);
    if (found != names_.end()) return found->second;
    return no_policy(fmt::format("\"{}\" is not defined above", printable(name)),
                     "witnesses and groups come before the lines that name them");
  }

  // Each name is a member once, so that no witness counts twice.
  Result<PolicyMember> take_member(std::string_view name) {
    const PolicyMember member = TRY(member_of(name));
    if (members_.emplace(name).second) return member;
    return no_policy(fmt::format("\"{}\" is already a member of a group", printable(name)));
  }

  Policy policy_;
  bool has_quorum_ = false;
  std::map<std::string, PolicyMember, std::less<>> names_;
  std::set<std::string, std::less<>> members_;
  std::set<std::string> log_keys_;  // in DER
  std::set<std::string> witness_keys_;
};

}  // namespace

Result<Policy> parse_policy(std::string_view text) {
  if (text.size() > limits::kPolicyBytesMax)
    return fail(Code::Exhausted, fmt::format("a policy of {} bytes, at most {}", text.size(),
                                             limits::kPolicyBytesMax));
  Parser parser;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto line = take_line(text);
    if (!line)
      return no_policy(fmt::format("line {} does not end", number),
                       "every line ends with a line feed; the file may have been cut short");
    TRY(parser.take(*line), fmt::format("line {}", number));
  }
  return std::move(parser).finish();
}

}  // namespace tegula::tlog

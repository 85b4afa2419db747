#include "tlog/policy.h"

#include <rapidcheck.h>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/limits.h"
#include "tlog/sample_keys.h"

namespace tegula::tlog {
namespace {

SampleKey log_key() { return sample_key("example.com/log", 1); }

SampleKey witness_key(std::uint8_t number) {
  return sample_key(fmt::format("w{}.example", number), static_cast<std::uint8_t>(100 + number),
                    SignatureType::Cosignature);
}

std::string log_line() { return fmt::format("log {}\n", log_key().key.str()); }

// "witness W1 <vkey>" and so on, from 1.
std::string witness_lines(std::uint8_t count) {
  std::string out;
  for (std::uint8_t i = 1; i <= count; ++i)
    out += fmt::format("witness W{} {}\n", i, witness_key(i).key.str());
  return out;
}

Note signed_by(const SampleKey& log, const std::vector<SampleKey>& witnesses,
               const std::string& origin = "example.com/log") {
  Note out;
  out.text = encode(Checkpoint{.origin = origin, .head = {.size = 7, .root = empty_root()}});
  out.signatures.push_back(sign_note(out.text, log.key, log.signer).value());
  std::uint64_t time_s = 1'700'000'000;
  for (const SampleKey& one : witnesses)
    out.signatures.push_back(cosign_note(out.text, time_s++, one.key, one.signer).value());
  return out;
}

std::vector<SampleKey> witnesses(const std::vector<std::uint8_t>& numbers) {
  std::vector<SampleKey> out;
  for (const std::uint8_t number : numbers) out.push_back(witness_key(number));
  return out;
}

Code verdict(const Policy& policy, const Note& note) {
  const auto accepted = accept(policy, note);
  return accepted ? Code::Internal : accepted.error().code;
}

// The shape of the specification's example: two of three and one of three.
const std::string kTwoLevels = log_line() + witness_lines(6) +
                               "group X-witnesses 2 W1 W2 W3\n"
                               "group Y-witnesses any W4 W5 W6\n"
                               "group X-and-Y all X-witnesses Y-witnesses\n"
                               "quorum X-and-Y\n";

TEST(Policy, ReadsTheExampleOfTheSpecification) {
  const Policy policy = parse_policy(kTwoLevels).value();
  EXPECT_EQ(policy.logs.size(), 1U);
  EXPECT_EQ(policy.logs[0].key, log_key().key);
  ASSERT_EQ(policy.witnesses.size(), 6U);
  EXPECT_EQ(policy.witnesses[5].name, "W6");
  ASSERT_EQ(policy.groups.size(), 3U);
  EXPECT_EQ(policy.groups[0].threshold, 2U);
  EXPECT_EQ(policy.groups[1].threshold, 1U);
  EXPECT_EQ(policy.groups[2].threshold, 2U);
  EXPECT_EQ(policy.groups[2].members[1], (PolicyMember{PolicyMember::Kind::Group, 1}));
  EXPECT_EQ(policy.quorum, (PolicyMember{PolicyMember::Kind::Group, 2}));
  EXPECT_EQ(parse_policy(encode(policy)).value(), policy);
}

TEST(Policy, TakesCommentsBlanksAndUrls) {
  const std::string text = "# a comment\n\n \t \n  # another\n\tlog \t" + log_key().key.str() +
                           " https://log.example/\n witness \xE4\xF6 " + witness_key(1).key.str() +
                           "  https://w.example/ \nquorum \xE4\xF6\n";
  const Policy policy = parse_policy(text).value();
  EXPECT_EQ(policy.logs[0].url, "https://log.example/");
  EXPECT_EQ(policy.witnesses[0].url, "https://w.example/");
  EXPECT_EQ(policy.witnesses[0].name, "\xE4\xF6");
  EXPECT_EQ(parse_policy(encode(policy)).value(), policy);
}

TEST(Policy, MayDoWithoutWitnessesAndLogs) {
  EXPECT_EQ(parse_policy("quorum none\n").value(), Policy{});
  const Policy policy = parse_policy(log_line() + "quorum none\n").value();
  EXPECT_EQ(verdict(policy, signed_by(log_key(), {})), Code::Internal);
  EXPECT_EQ(verdict(Policy{}, signed_by(log_key(), {})), Code::Untrusted);
}

TEST(Policy, NamesTheLineThatIsWrong) {
  const std::string log = log_line(), one = witness_lines(1), two = witness_lines(2);
  const std::string key = witness_key(3).key.str();
  const std::pair<std::string, std::string_view> cases[] = {
      {"", "there is no quorum line"},
      {log, "there is no quorum line"},
      {"quorum none", "line 1 does not end"},
      {"quorum none\nquorum none\n", "line 2: a second quorum line"},
      {"quorum\n", "line 1: expected quorum"},
      {"quorum none none\n", "line 1: expected quorum"},
      {"quorum X\n", "line 1: \"X\" is not defined above"},
      {"quorum W1\n" + one, "line 1: \"W1\" is not defined above"},
      {"Quorum none\n", "line 1: \"Quorum\" begins no line"},
      {"log\n", "line 1: expected log"},
      {"log a b c\n", "line 1: expected log"},
      {"log a\n", "line 1: vkey \"a\""},
      {log + log, "line 2: the key of example.com/log is in another"},
      {"log " + sample_key("x", 1).key.str() + "\n" + log, "line 2: the key of"},
      {"log " + key + "\n", "line 1: w3.example is the key of a witness"},
      {"witness W\n", "line 1: expected witness"},
      {"witness W " + key + " u v\n", "line 1: expected witness"},
      {"witness W " + log_key().key.str() + "\n", "line 1: example.com/log is not the key of a"},
      {"witness none " + key + "\n", "line 1: the name \"none\" is taken"},
      {one + "witness W1 " + key + "\n", "line 2: the name \"W1\" is taken"},
      {one + "witness W9 " + witness_key(1).key.str() + "\n", "line 2: the key of w1.example"},
      {one + "group G any\n", "line 2: expected group"},
      {one + "group W1 any W1\n", "line 2: the name \"W1\" is taken"},
      {one + "group none any W1\n", "line 2: the name \"none\" is taken"},
      {one + "group G any none\n", "line 2: \"none\" is not defined above"},
      {one + "group G any G\n", "line 2: \"G\" is not defined above"},
      {one + "group G any W2\n", "line 2: \"W2\" is not defined above"},
      {one + "group G 0 W1\n", "line 2: \"0\" of 1 members"},
      {one + "group G 2 W1\n", "line 2: \"2\" of 1 members"},
      {one + "group G 01 W1\n", "line 2: \"01\" of 1 members"},
      {one + "group G some W1\n", "line 2: \"some\" of 1 members"},
      {one + "group G any W1 W1\n", "line 2: \"W1\" is already a member"},
      {two + "group G any W1\ngroup H any W1 W2\n", "line 4: \"W1\" is already a member"},
      {"quorum\vnone\n", "line 1: a control character"},
      {"quorum none\r\n", "line 1: a control character"},
      {"# \x7F\n", "line 1: a control character"},
  };
  for (const auto& [text, start] : cases) {
    const auto policy = parse_policy(text);
    ASSERT_FALSE(policy) << text;
    EXPECT_EQ(policy.error().code, Code::InvalidArgument) << text;
    EXPECT_TRUE(policy.error().text.starts_with(start)) << policy.error().text;
  }
}

TEST(Policy, RefusesKeysThatItCannotCheck) {
  const auto policy = parse_policy(
      "witness W example.com/foo+530d903a+BukyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k\n");
  EXPECT_EQ(policy.error().code, Code::Unsupported);
}

TEST(Policy, WantsAQuorum) {
  const Policy policy = parse_policy(kTwoLevels).value();
  const std::pair<std::vector<std::uint8_t>, bool> cases[] = {
      {{}, false},       {{1, 2}, false},   {{4, 5, 6}, false},         {{1, 4}, false},
      {{1, 2, 4}, true}, {{2, 3, 6}, true}, {{1, 2, 3, 4, 5, 6}, true}, {{1, 1, 4}, false},
  };
  for (const auto& [numbers, good] : cases)
    EXPECT_EQ(verdict(policy, signed_by(log_key(), witnesses(numbers))),
              good ? Code::Internal : Code::Untrusted);
}

TEST(Policy, SaysWhoHasSeenTheCheckpointAndWhen) {
  const Policy policy = parse_policy(kTwoLevels).value();
  // W2 signed twice: its later word counts.
  const auto accepted = accept(policy, signed_by(log_key(), witnesses({2, 4, 1, 2}))).value();
  EXPECT_EQ(accepted.log, 0U);
  EXPECT_EQ(accepted.checkpoint.head.size, 7U);
  EXPECT_EQ(accepted.witnesses,
            (std::vector<WitnessedAt>{
                {"W1", 1'700'000'002}, {"W2", 1'700'000'003}, {"W4", 1'700'000'001}}));
  const auto refused = accept(policy, signed_by(log_key(), witnesses({4, 1})));
  EXPECT_EQ(refused.error().text,
            "the checkpoint was seen by 2 of 6 witnesses: W1, W4, which is no quorum \"X-and-Y\"");
}

TEST(Policy, WantsALogUnderItsOwnName) {
  const Policy policy = parse_policy(log_line() + "log " +
                                     sample_key("other.example", 2).key.str() + "\nquorum none\n")
                            .value();
  EXPECT_EQ(verdict(policy, signed_by(sample_key("other.example", 2), {}, "other.example")),
            Code::Internal);
  // The other log may not speak for this one, nor this one under another name.
  EXPECT_EQ(verdict(policy, signed_by(sample_key("other.example", 2), {})), Code::Untrusted);
  EXPECT_EQ(verdict(policy, signed_by(log_key(), {}, "elsewhere.example")), Code::Untrusted);
  EXPECT_EQ(verdict(policy, signed_by(sample_key("example.com/log", 9), {})), Code::Untrusted);
}

TEST(Policy, RejectsABadSignatureOfAnyoneItKnows) {
  const Policy policy = parse_policy(kTwoLevels).value();
  Note note = signed_by(log_key(), witnesses({1, 2, 3, 4}));
  ASSERT_EQ(verdict(policy, note), Code::Internal);
  note.signatures[3].bytes.back() ^= 1;  // W3, who isn't needed
  EXPECT_EQ(verdict(policy, note), Code::Untrusted);
}

TEST(Policy, WantsACheckpoint) {
  const Policy policy = parse_policy(log_line() + "quorum none\n").value();
  const SampleKey log = log_key();
  const Note note{.text = "text\n",
                  .signatures = {sign_note("text\n", log.key, log.signer).value()}};
  EXPECT_EQ(verdict(policy, note), Code::Corrupt);
}

TEST(Policy, DoesNotCountALogAsItsOwnWitness) {
  std::vector<SampleKey> itself;
  itself.push_back(sample_key("example.com/log", 1, SignatureType::Cosignature));
  const Policy policy =
      parse_policy(log_line() + "witness Own " + itself[0].key.str() + "\nquorum Own\n").value();
  EXPECT_EQ(verdict(policy, signed_by(log_key(), itself)), Code::Untrusted);
}

// The quorum by its definition, recursively, on random policies and random witnesses.
bool has_seen(const Policy& policy, const std::vector<bool>& seen, const PolicyMember& member) {
  if (member.kind == PolicyMember::Kind::Witness) return seen[member.place];
  const PolicyGroup& group = policy.groups[member.place];
  std::size_t count = 0;
  for (const PolicyMember& one : group.members) count += has_seen(policy, seen, one) ? 1 : 0;
  return count >= group.threshold;
}

TEST(Policy, DecidesQuorumsAsTheyAreDefined) {
  static const Policy kWitnesses = parse_policy(witness_lines(8) + "quorum none\n").value();
  EXPECT_TRUE(rc::check([] {
    Policy policy = kWitnesses;
    std::vector<PolicyMember> free;
    for (std::size_t i = 0; i < policy.witnesses.size(); ++i)
      free.push_back({PolicyMember::Kind::Witness, i});
    while (free.size() > 1) {
      const auto take = *rc::gen::inRange<std::size_t>(2, free.size() + 1);
      PolicyGroup group{.name = fmt::format("G{}", policy.groups.size()), .members = {}};
      group.members.assign(free.end() - static_cast<std::ptrdiff_t>(take), free.end());
      group.threshold = *rc::gen::inRange<std::size_t>(1, take + 1);
      free.resize(free.size() - take);
      if (!free.empty()) free.push_back({PolicyMember::Kind::Group, policy.groups.size()});
      policy.groups.push_back(group);
    }
    policy.quorum = PolicyMember{PolicyMember::Kind::Group, policy.groups.size() - 1};
    RC_ASSERT(parse_policy(encode(policy)).value() == policy);
    const auto seen =
        *rc::gen::container<std::vector<bool>>(policy.witnesses.size(), rc::gen::arbitrary<bool>());
    RC_ASSERT(is_quorum(policy, seen) == has_seen(policy, seen, *policy.quorum));
  }));
}

// The key of a number, and no other's.
std::string vkey_of(std::size_t number, SignatureType type) {
  crypto::Ed25519Bytes seed{};
  seed[0] = static_cast<std::uint8_t>(number);
  seed[1] = static_cast<std::uint8_t>(number >> 8);
  const auto key = crypto::PrivateKey::ed25519(seed).value().public_key();
  return NoteKey::create("n", type, key).value().str();
}

TEST(Policy, HoldsItsLimits) {
  std::string logs, seers, groups;
  for (std::size_t i = 0; i < limits::kPolicyEntriesMax; ++i) {
    logs += fmt::format("log {}\n", vkey_of(i, SignatureType::Ed25519));
    seers += fmt::format("witness W{} {}\n", i, vkey_of(i, SignatureType::Cosignature));
    groups += fmt::format("group G{} any W{}\n", i, i);
  }
  const std::string end = "quorum none\n";
  EXPECT_TRUE(parse_policy(logs + seers + groups + end));
  const std::string next_key = vkey_of(limits::kPolicyEntriesMax, SignatureType::Cosignature);
  for (const std::string& more :
       {"log " + vkey_of(limits::kPolicyEntriesMax, SignatureType::Ed25519) + "\n",
        "witness more " + next_key + "\n", std::string("group more any G0\n")})
    EXPECT_EQ(parse_policy(logs + seers + groups + more + end).error().code, Code::Exhausted);
  const std::string most = std::string(limits::kPolicyBytesMax - end.size() - 1, '#') + "\n" + end;
  EXPECT_TRUE(parse_policy(most));
  EXPECT_EQ(parse_policy("#" + most).error().code, Code::Exhausted);
}

}  // namespace
}  // namespace tegula::tlog

#include "attest/log_entry.h"

#include <gtest/gtest.h>

#include "attest/sample_sigstore.h"
#include "tlog/checkpoint.h"
#include "tlog/sample_keys.h"

namespace tegula::attest {
namespace {

const SampleSigstore& sigstore() {
  static const SampleSigstore kSigstore;
  return kSigstore;
}

// An entry and the log that has it.
struct Logged {
  explicit Logged(SampleLog of)
      : entry(sigstore().bundle({.log = of}).entries.at(0)),
        log(sigstore().root().logs.at(of == SampleLog::Rekor1 ? 0 : 1)) {}

  Result<VerifiedEntry> verify() const {
    return verify_log_entry(entry, log, policy ? &*policy : nullptr);
  }
  Code code() const {
    const auto entry_or = verify();
    return entry_or ? Code::Internal : entry_or.error().code;
  }

  LogEntry entry;
  TrustedLog log;
  std::optional<tlog::Policy> policy{};
};

tlog::Policy witnessed_by(const std::vector<tlog::NoteKey>& keys, std::size_t threshold) {
  tlog::Policy out;
  tlog::PolicyGroup group{.name = "all", .threshold = threshold, .members = {}};
  for (const tlog::NoteKey& key : keys) {
    group.members.push_back({tlog::PolicyMember::Kind::Witness, out.witnesses.size()});
    out.witnesses.push_back(
        {.name = "w" + std::to_string(out.witnesses.size()), .key = key, .url = {}});
  }
  out.groups = {group};
  out.quorum = tlog::PolicyMember{tlog::PolicyMember::Kind::Group, 0};
  return out;
}

TEST(LogEntry, OfTheFirstVersionIsPromisedAndProven) {
  Logged logged(SampleLog::Rekor1);
  EXPECT_EQ(logged.verify().value(), (VerifiedEntry{.log = "rekor.example - 1234",
                                                    .index = 1,
                                                    .kind = "hashedrekord 0.0.1",
                                                    .time_s = kSampleTime,
                                                    .tree_size = 3}));
  logged.entry.promise.clear();  // then nobody says when
  EXPECT_EQ(logged.verify().value().time_s, std::nullopt);
}

TEST(LogEntry, OfTheFirstVersionMayBePromisedAlone) {
  Logged logged(SampleLog::Rekor1);
  logged.entry.proof->checkpoint.clear();
  EXPECT_EQ(logged.verify().value().tree_size, std::nullopt);
  logged.entry.proof.reset();
  EXPECT_EQ(logged.verify().value(), (VerifiedEntry{.log = "https://rekor.example",
                                                    .index = 1001,
                                                    .kind = "hashedrekord 0.0.1",
                                                    .time_s = kSampleTime}));
  logged.entry.promise.clear();
  EXPECT_EQ(logged.verify().error().text, "the entry has neither a promise of the log nor a proof");
}

TEST(LogEntry, OfTheSecondVersionIsProven) {
  Logged logged(SampleLog::Rekor2);
  EXPECT_EQ(logged.verify().value(),
            (VerifiedEntry{
                .log = "log.example", .index = 1, .kind = "hashedrekord 0.0.2", .tree_size = 3}));
  logged.entry.proof->log_index = 7;  // nobody signed these
  logged.entry.proof->tree_size = 9;
  logged.entry.proof->root = {};
  logged.entry.integrated_time_s = 5;
  EXPECT_EQ(logged.verify().value().time_s, std::nullopt);
  logged.entry.proof.reset();
  EXPECT_EQ(logged.code(), Code::Untrusted);
}

TEST(LogEntry, SaysWhatItsPromiseSigns) {
  LogEntry entry;
  entry.body = {'{', '}'};
  entry.log_id = {0xAB, 0xCD};
  entry.log_index = 7;
  entry.integrated_time_s = 9;
  EXPECT_EQ(promised_text(entry),
            R"({"body":"e30=","integratedTime":9,"logID":"abcd","logIndex":7})");
}

TEST(LogEntry, RefusesAPromiseOfSomethingElse) {
  const Logged good(SampleLog::Rekor1);
  const auto refused = [&](auto change) {
    Logged bad = good;
    bad.entry.proof.reset();
    change(bad.entry);
    return bad.code() == Code::Untrusted;
  };
  EXPECT_TRUE(refused([](LogEntry& e) { e.log_index += 1; }));
  EXPECT_TRUE(refused([](LogEntry& e) { e.integrated_time_s += 1; }));
  EXPECT_TRUE(refused([](LogEntry& e) { e.body.push_back(' '); }));
  EXPECT_TRUE(refused([](LogEntry& e) { e.log_id[0] ^= 1; }));
  EXPECT_TRUE(refused([](LogEntry& e) { e.promise[9] ^= 1; }));
  // A good proof doesn't make up for it.
  Logged bad = good;
  bad.entry.promise[9] ^= 1;
  EXPECT_EQ(bad.code(), Code::Untrusted);
}

TEST(LogEntry, RefusesAProofOfSomethingElse) {
  for (const SampleLog log : {SampleLog::Rekor1, SampleLog::Rekor2}) {
    const Logged good(log);
    const auto code = [&](auto change) {
      Logged bad = good;
      bad.entry.promise.clear();
      change(bad.entry);
      return bad.code();
    };
    EXPECT_EQ(code([](LogEntry&) {}), Code::Internal);
    EXPECT_EQ(code([](LogEntry& e) { e.body.push_back(' '); }), Code::Untrusted);
    EXPECT_EQ(code([](LogEntry& e) { e.proof->hashes[0][0] ^= 1; }), Code::Untrusted);
    EXPECT_EQ(code([](LogEntry& e) { e.proof->hashes.pop_back(); }), Code::Untrusted);
    EXPECT_EQ(code([](LogEntry& e) { e.proof->hashes.emplace_back(); }), Code::Untrusted);
    EXPECT_EQ(code([](LogEntry& e) {
                e.log_index = 2;
                e.proof->log_index = 2;
              }),
              Code::Untrusted);
    EXPECT_EQ(code([](LogEntry& e) { e.proof->checkpoint = "no note"; }), Code::Corrupt);
    EXPECT_EQ(code([](LogEntry& e) {
                e.proof->checkpoint.replace(e.proof->checkpoint.find("\n3\n"), 3, "\n4\n");
              }),
              Code::Untrusted);
  }
}

TEST(LogEntry, WantsTheLogsOwnSignature) {
  Logged logged(SampleLog::Rekor2);
  std::string& note = logged.entry.proof->checkpoint;
  const std::size_t first = note.find("\u2014 "), second = note.find("\u2014 ", first + 1);
  const std::string all = note;
  note.erase(first, second - first);  // the witness's stays
  EXPECT_EQ(logged.code(), Code::Untrusted);
  logged.policy = witnessed_by({sigstore().witness()}, 1);
  EXPECT_EQ(logged.verify().error().text,
            "checkpoint: the checkpoint is signed by witnesses, but not by the log");
  note = all;
  EXPECT_TRUE(logged.verify());
  logged.log.base_url = "https://other.example";
  EXPECT_EQ(logged.code(), Code::Untrusted);
}

TEST(LogEntry, IsOfTheLogThatSigned) {
  Logged logged(SampleLog::Rekor1);
  logged.entry.promise.clear();
  logged.log.base_url = "https://other.example";  // an ECDSA key's id has no name in it
  EXPECT_EQ(logged.code(), Code::Untrusted);
}

TEST(LogEntry, IsSeenByAQuorum) {
  const tlog::NoteKey stranger =
      tlog::sample_key("stranger.example", 3, tlog::SignatureType::Cosignature).key;
  Logged logged(SampleLog::Rekor2);
  logged.policy = witnessed_by({sigstore().witness(), stranger}, 1);
  EXPECT_EQ(logged.verify().value().witnesses,
            (std::vector<tlog::WitnessedAt>{{"w0", static_cast<std::uint64_t>(kSampleTime)}}));
  logged.policy = witnessed_by({sigstore().witness(), stranger}, 2);
  EXPECT_EQ(logged.verify().error().text,
            "checkpoint: the checkpoint was seen by 1 of 2 witnesses, which is no quorum");
  logged.policy = witnessed_by({sigstore().witness()}, 1);
  Logged promised(SampleLog::Rekor1);
  promised.policy = logged.policy;
  EXPECT_TRUE(promised.verify());
  promised.entry.proof.reset();
  EXPECT_EQ(promised.verify().error().text, "a promise of the log is seen by no witness");
}

// A log of one entry, which says of itself what it likes.
struct SmallLog {
  tlog::SampleKey key = tlog::sample_key("log.example", 7);
  tlog::NoteKey as_witness = tlog::NoteKey::create("log.example", tlog::SignatureType::Cosignature,
                                                   key.signer.public_key())
                                 .value();

  Result<VerifiedEntry> verify(const std::string& origin, const tlog::Policy* policy) const {
    LogEntry entry{.kind = "hashedrekord", .version = "0.0.2", .body = {'{', '}'}};
    const std::string text = encode(tlog::Checkpoint{
        .origin = origin, .head = {.size = 1, .root = tlog::leaf_hash(entry.body)}});
    tlog::Note note{.text = text, .signatures = {}};
    note.signatures.push_back(tlog::sign_note(text, key.key, key.signer).value());
    note.signatures.push_back(tlog::cosign_note(text, 5, as_witness, key.signer).value());
    entry.proof = InclusionProof{.checkpoint = encode(note)};
    const TrustedLog log{
        .base_url = "https://log.example", .id = {}, .key = key.signer.public_key()};
    return verify_log_entry(entry, log, policy);
  }
};

TEST(LogEntry, IsNotSeenByTheLogItself) {
  const SmallLog log;
  EXPECT_TRUE(log.verify("log.example", nullptr));
  const tlog::Policy policy = witnessed_by({log.as_witness}, 1);
  EXPECT_EQ(log.verify("log.example", &policy).error().text,
            "checkpoint: the checkpoint was seen by 0 of 1 witnesses, which is no quorum");
}

TEST(LogEntry, HasTheOriginOfItsLog) {
  const SmallLog log;
  EXPECT_EQ(log.verify("log.example - 7", nullptr).value().log, "log.example - 7");
  for (const char* other :
       {"other.example", "log.example.org", "log.example -7", "log", "x log.example"})
    EXPECT_EQ(log.verify(other, nullptr).error().code, Code::Untrusted) << other;
}

TEST(LogEntry, IsInALogOfThePolicy) {
  Logged logged(SampleLog::Rekor2);
  const auto key = note_keys_of(logged.log).value();
  logged.policy = tlog::Policy();
  logged.policy->logs = {{.key = key[0], .url = {}}};
  EXPECT_TRUE(logged.verify());
  logged.policy->logs = {{.key = tlog::sample_key("log.example", 9).key, .url = {}}};
  EXPECT_EQ(logged.verify().error().text, "the policy does not have the log https://log.example/a");
}

TEST(LogEntry, CountsInTheTimeOfTheLogsKey) {
  Logged logged(SampleLog::Rekor1);
  logged.log.validity = {kSampleTime, kSampleTime};
  EXPECT_TRUE(logged.verify());
  logged.log.validity = {kSampleTime + 1, kSampleTime + 2};
  EXPECT_EQ(logged.code(), Code::Untrusted);
  logged.log.validity = {kSampleTime - 2, kSampleTime - 1};
  EXPECT_EQ(logged.code(), Code::Untrusted);
}

TEST(LogEntry, NeedsAKeyThatSignsNotes) {
  Logged logged(SampleLog::Rekor2);
  logged.log.key = crypto::PrivateKey::generate(crypto::KeyType::P384).value().public_key();
  EXPECT_EQ(logged.code(), Code::Unsupported);
  logged.log.key.reset();
  EXPECT_EQ(logged.code(), Code::Unsupported);
}

TEST(LogEntry, KnowsALogByHostWithAndWithoutPort) {
  TrustedLog log = sigstore().root().logs[1];
  EXPECT_EQ(note_keys_of(log).value().size(), 1U);
  log.base_url = "http://log.example:8080/";
  const auto keys = note_keys_of(log).value();
  ASSERT_EQ(keys.size(), 2U);
  EXPECT_EQ(keys[0].name(), "log.example");
  EXPECT_EQ(keys[1].name(), "log.example:8080");
}

}  // namespace
}  // namespace tegula::attest

#include "attest/verifier.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attest/sample_sigstore.h"
#include "base/base64.h"
#include "tlog/sample_keys.h"

namespace tegula::attest {
namespace {

const SampleSigstore& sigstore() {
  static const SampleSigstore kSigstore;
  return kSigstore;
}

const Identity kSigner = {"signer@example.com", "https://issuer.example"};

// A request that holds, to be changed.
struct Case {
  explicit Case(SamplePlan made_of = {}) : plan(std::move(made_of)) {
    bundle = sigstore().bundle(plan);
    signer = plan.has_certificate ? ExpectedSigner(kSigner)
                                  : ExpectedSigner(sigstore().key().public_key());
  }

  Result<Verification> verify() const {
    return verify_bundle({.bundle = bundle,
                          .artifact = artifact ? *artifact : sigstore().message(plan.artifact),
                          .root = root,
                          .signer = signer,
                          .requirements = requirements,
                          .policy = policy ? &*policy : nullptr,
                          .predicate_type = predicate_type,
                          .assumed_time_s = assumed_time_s});
  }
  Code code() const {
    const auto result = verify();
    return result ? Code::Internal : result.error().code;
  }
  std::string why() const {
    const auto result = verify();
    return result ? "" : result.error().text;
  }

  SamplePlan plan;
  Bundle bundle{};
  TrustedRoot root = sigstore().root();
  ExpectedSigner signer{};
  Requirements requirements{};
  std::optional<tlog::Policy> policy{};
  std::optional<SignedMessage> artifact{};
  std::optional<std::string> predicate_type{};
  std::optional<std::int64_t> assumed_time_s{};
};

TEST(Verifier, TellsAllThatHolds) {
  const Verification out = Case({.log = SampleLog::Rekor1}).verify().value();
  EXPECT_EQ(std::get<Identity>(out.signer), kSigner);
  EXPECT_EQ(out.chain.size(), 3U);
  EXPECT_EQ(out.chain[0], *out.certificate);
  using Source = ProvenTime::Source;
  EXPECT_EQ(out.times,
            (std::vector<ProvenTime>{{Source::TimestampAuthority, "tsa", kSampleTime},
                                     {Source::Log, "rekor.example - 1234", kSampleTime}}));
  EXPECT_EQ(out.certificate_logs.size(), 1U);
  ASSERT_EQ(out.entries.size(), 1U);
  EXPECT_EQ(out.entries[0].tree_size, 3U);
  EXPECT_FALSE(out.statement);
  EXPECT_EQ(out.ignored_entries + out.ignored_timestamps, 0U);
}

TEST(Verifier, TakesEveryFormOfBundle) {
  for (const SampleLog log : {SampleLog::Rekor1, SampleLog::Rekor2})
    for (const bool has_certificate : {true, false})
      for (const bool is_statement : {true, false}) {
        const Case one(
            {.is_statement = is_statement, .log = log, .has_certificate = has_certificate});
        EXPECT_EQ(one.why(), "");
        EXPECT_EQ(one.verify().value().statement.has_value(), is_statement);
      }
  for (const char* kind : {"dsse 0.0.1", "intoto 0.0.2"})
    EXPECT_EQ(Case({.is_statement = true, .log = SampleLog::Rekor1, .entry_kind = kind}).why(), "");
}

TEST(Verifier, TakesADigestInPlaceOfTheFile) {
  Case one;
  one.artifact = SignedMessage{.digest = content::Digest::of(bytes_of("artifact"))};
  EXPECT_EQ(one.why(), "");
  one.artifact = SignedMessage{.digest = content::Digest::of(bytes_of("other"))};
  EXPECT_EQ(one.code(), Code::Untrusted);
  std::get<MessageSignature>(one.bundle.content).digest.clear();  // a hint only
  EXPECT_EQ(one.code(), Code::Untrusted);
}

// Whatever byte of it is damaged, a bundle is never taken for the caller's own mistake.
TEST(Verifier, RefusesEveryDamagedByteAsSuch) {
  for (const bool has_certificate : {true, false}) {
    Case one({.is_statement = true, .has_certificate = has_certificate});
    const std::string good = encode(one.bundle).value();
    for (std::size_t at = 0; at < good.size(); at += 7) {
      std::string bad = good;
      bad[at] = static_cast<char>(bad[at] ^ 1);
      const auto bundle = parse_bundle(bad);
      Code code = bundle ? Code::Internal : bundle.error().code;
      if (bundle) {
        one.bundle = *bundle;
        code = one.code();
      }
      EXPECT_THAT(code, ::testing::AnyOf(Code::Corrupt, Code::Untrusted, Code::Unsupported,
                                         Code::Internal))  // a hint, or a stamp that is ignored
          << at << ": " << bad.substr(at, 40);
    }
    for (const std::size_t size : {std::size_t{0}, std::size_t{1}, good.size() / 2})
      EXPECT_EQ(parse_bundle(good.substr(0, size)).error().code, Code::Corrupt) << size;
  }
}

TEST(Verifier, ParsesNoStatementThatIsNotSigned) {
  for (const bool has_certificate : {true, false}) {
    Case one({.is_statement = true, .has_certificate = has_certificate});
    std::get<Envelope>(one.bundle.content).payload.back() = 0;
    EXPECT_EQ(one.why(), "the envelope is not signed by this key");
    std::get<Envelope>(one.bundle.content).payload_type = "text/plain";
    EXPECT_EQ(one.code(), Code::Untrusted);
  }
}

// --- times ---

TEST(Verifier, WantsAProvenTimeForACertificate) {
  Case one({.has_timestamp = false});
  EXPECT_EQ(one.why(), "nothing proves when the bundle was signed");
  one.assumed_time_s = kSampleTime;
  EXPECT_EQ(one.why(), "");
  one.assumed_time_s = kSampleTime + 541;
  EXPECT_EQ(one.code(), Code::Untrusted);
  EXPECT_EQ(Case({.has_timestamp = false, .has_certificate = false}).why(), "");
}

TEST(Verifier, WantsTheCertificateValidAtEveryTime) {
  for (const std::int64_t by : {-60, 540})
    EXPECT_EQ(Case({.log = SampleLog::Rekor1, .stamp_time_s = kSampleTime + by}).why(), "");
  for (const std::int64_t by : {-61, 541}) {
    EXPECT_EQ(Case({.log = SampleLog::Rekor1, .stamp_time_s = kSampleTime + by}).code(),
              Code::Untrusted);
    EXPECT_EQ(Case({.stamp_time_s = kSampleTime + by}).code(), Code::Untrusted);
  }
}

TEST(Verifier, IgnoresTimestampsThatItCannotCheck) {
  Case one({.log = SampleLog::Rekor1});
  one.root.timestamp_authorities.clear();
  EXPECT_EQ(one.verify().value().ignored_timestamps, 1U);
  one.requirements.timestamps = 1;
  EXPECT_EQ(one.why(), "0 of the bundle's 1 timestamps hold, but 1 are wanted");
  Case two;  // whose log tells no time
  two.root.timestamp_authorities.clear();
  EXPECT_EQ(two.why(), "nothing proves when the bundle was signed");
  Case other;
  other.bundle.timestamps[0] = sigstore().bundle({.artifact = "other"}).timestamps[0];
  EXPECT_EQ(other.why(), "nothing proves when the bundle was signed");
}

TEST(Verifier, CountsTimestampAuthoritiesOnce) {
  Case one;
  one.requirements.timestamps = 1;
  EXPECT_EQ(one.why(), "");
  one.bundle.timestamps.push_back(one.bundle.timestamps[0]);
  one.requirements.timestamps = 2;
  EXPECT_EQ(one.code(), Code::Untrusted);
}

TEST(Verifier, BelievesEachAuthorityInItsTimeOnly) {
  const crypto::Validity now = {kSampleTime, kSampleTime},
                         before = {kSampleTime - 2, kSampleTime - 1},
                         after = {kSampleTime + 1, kSampleTime + 2};
  const auto holds = [&](auto pick) {
    std::string out;
    for (const crypto::Validity& validity : {before, now, after}) {
      Case one;
      pick(one.root) = validity;
      out += one.verify().has_value() ? "+" : "-";
    }
    return out;
  };
  EXPECT_EQ(holds([](TrustedRoot& r) -> auto& { return r.timestamp_authorities[0].validity; }),
            "-+-");
  EXPECT_EQ(holds([](TrustedRoot& r) -> auto& { return r.certificate_authorities[0].validity; }),
            "-+-");
  EXPECT_EQ(holds([](TrustedRoot& r) -> auto& { return r.certificate_logs[0].validity; }), "-+-");
  EXPECT_EQ(holds([](TrustedRoot& r) -> auto& { return r.logs[1].validity; }), "-+-");
}

TEST(Verifier, TakesNoExpiredLogWithoutAProvenTime) {
  Case one({.has_timestamp = false, .has_certificate = false});
  EXPECT_EQ(one.why(), "");
  one.root.logs[1].validity.not_after_s = kSampleTime + 1000;
  EXPECT_EQ(one.code(), Code::Untrusted);
}

// Not of another that the same root has certified.
TEST(Verifier, WantsTheStampOfTheAuthorityItself) {
  Case one;
  auto& chain = one.root.timestamp_authorities[0].chain;
  chain[0] = sigstore().stamper().issue({.subject = "other", .usage = "critical,timeStamping"},
                                        sigstore().key().public_key());
  EXPECT_EQ(one.why(), "nothing proves when the bundle was signed");
  chain.erase(chain.begin());  // which a root that names none leaves open
  EXPECT_EQ(one.why(), "");
}

// --- certificates ---

TEST(Verifier, WantsAChainToTheRoot) {
  Case one;
  one.root.certificate_authorities.clear();
  EXPECT_EQ(one.code(), Code::Untrusted);
  one = Case();
  one.root.certificate_authorities[0].chain = {crypto::SampleAuthority::root("top").certificate()};
  EXPECT_EQ(one.code(), Code::Untrusted);
  one.root.certificate_authorities.push_back(sigstore().root().certificate_authorities[0]);
  EXPECT_EQ(one.why(), "");  // any authority will do
}

TEST(Verifier, TakesIntermediatesFromOldBundles) {
  Case one;
  one.root.certificate_authorities[0].chain = {sigstore().top().certificate()};
  EXPECT_EQ(one.code(), Code::Untrusted);
  auto& chain = std::get<CertificateChain>(one.bundle.key);
  chain.as_chain = true;
  chain.certificates.push_back(sigstore().authority().certificate().der());
  EXPECT_EQ(one.why(), "a bundle of version 0.3 has one certificate, not a chain");
  one.bundle.version = BundleVersion::V0_2;
  EXPECT_EQ(one.why(), "");
  chain.certificates.push_back(sigstore().top().certificate().der());
  EXPECT_EQ(one.why(), "the bundle brings its own root certificate");
}

TEST(Verifier, WantsTheCertificateInALog) {
  Case one({.has_certificate_timestamp = false});
  EXPECT_EQ(one.code(), Code::Untrusted);
  one.requirements.certificate_logs = 0;
  EXPECT_EQ(one.why(), "");
  Case two;
  two.root.certificate_logs.clear();
  EXPECT_EQ(two.code(), Code::Untrusted);
  two.requirements.certificate_logs = 0;
  EXPECT_EQ(two.why(), "");
  two.requirements.certificate_logs = 2;
  two.root = sigstore().root();
  EXPECT_EQ(two.code(), Code::Untrusted);
  // What is there is checked even if it needn't be, unless its log is unknown.
  Case three;
  three.requirements.certificate_logs = 0;
  three.root.certificate_logs[0].key = sigstore().key().public_key();
  EXPECT_EQ(three.code(), Code::Untrusted);
  three.root.certificate_logs[0].id[0] ^= 1;
  EXPECT_EQ(three.why(), "");
}

TEST(Verifier, HoldsIdentitiesLetterForLetter) {
  Case one;
  for (const Identity& other :
       {Identity{"signer@example.com", ""}, Identity{"", "https://issuer.example"},
        Identity{"Signer@example.com", "https://issuer.example"},
        Identity{"signer@example.com", "https://issuer.example/"},
        Identity{"igner@example.com", "https://issuer.example"}}) {
    one.signer = other;
    EXPECT_EQ(one.code(), Code::Untrusted) << other.name;
  }
  one.signer = AnyIdentity();
  EXPECT_EQ(std::get<Identity>(one.verify().value().signer), kSigner);
  Case two({.names = "email:a@b.c,email:d@e.f"});
  EXPECT_EQ(two.why(), "the certificate has 2 names, not one");
  two.signer = AnyIdentity();
  EXPECT_EQ(std::get<Identity>(two.verify().value().signer), Identity());
}

// --- keys ---

TEST(Verifier, HoldsKeysAndCertificatesApart) {
  Case key({.has_certificate = false});
  EXPECT_EQ(std::get<crypto::PublicKey>(key.verify().value().signer),
            sigstore().key().public_key());
  key.signer = kSigner;
  EXPECT_EQ(key.why(), "the bundle is signed with a key, not with a certificate");
  key.signer = AnyIdentity();
  EXPECT_EQ(key.code(), Code::Untrusted);
  key.signer = crypto::PrivateKey::generate(crypto::KeyType::P256).value().public_key();
  EXPECT_EQ(key.code(), Code::Untrusted);
  Case certificate;
  certificate.signer = sigstore().key().public_key();
  EXPECT_EQ(certificate.why(), "the bundle is signed with a certificate, not with a key");
}

// --- logs ---

TEST(Verifier, WantsALogEntry) {
  Case one({.log = std::nullopt});
  EXPECT_EQ(one.why(), "the bundle is in 0 logs, but 1 are wanted");
  one.requirements.logs = 0;
  EXPECT_EQ(one.why(), "");
  Case two;
  two.root.logs.clear();
  EXPECT_EQ(two.why(), "the bundle's log entries are of logs that are not known here");
  two.requirements.logs = 0;
  EXPECT_EQ(two.verify().value().ignored_entries, 1U);
}

TEST(Verifier, CountsEveryEntryOnce) {
  Case one;
  one.bundle.entries.push_back(one.bundle.entries[0]);
  one.requirements.logs = 2;
  EXPECT_EQ(one.why(), "log entry 2: it stands there twice");
  one.bundle.entries[1] = sigstore().bundle({.log = SampleLog::Rekor1}).entries[0];
  EXPECT_EQ(one.code(), Code::Untrusted);  // it is about another signature
}

TEST(Verifier, CountsEveryLogOnce) {
  Case one({.log = SampleLog::Rekor1});
  one.bundle.entries.push_back(one.bundle.entries[0]);
  one.bundle.entries[1].proof.reset();  // the same entry, promised
  EXPECT_EQ(one.verify().value().entries.size(), 2U);
  one.requirements.logs = 2;
  EXPECT_EQ(one.why(), "the bundle is in 1 logs, but 2 are wanted");
}

TEST(Verifier, RefusesABadEntryBesideAGoodOne) {
  Case one;
  one.bundle.entries.push_back(sigstore().bundle({.log = SampleLog::Rekor1}).entries[0]);
  one.bundle.entries[1].proof->hashes[0][0] ^= 1;
  EXPECT_EQ(one.code(), Code::Untrusted);
  one.bundle.entries[1].log_id[0] ^= 1;  // of no log that is known
  EXPECT_EQ(one.verify().value().ignored_entries, 1U);
}

TEST(Verifier, RefusesTheEntryOfAnotherSignature) {
  for (const SampleLog log : {SampleLog::Rekor1, SampleLog::Rekor2})
    for (const bool is_statement : {true, false}) {
      Case one({.is_statement = is_statement, .log = log});
      one.bundle.entries = sigstore().bundle(one.plan).entries;  // the same, signed once more
      EXPECT_EQ(one.code(), Code::Untrusted);
    }
}

TEST(Verifier, IgnoresLogsThatCannotBeCheckedOrAreNotInThePolicy) {
  Case one;
  one.requirements.logs = 0;
  one.root.logs[1].key.reset();
  EXPECT_EQ(one.verify().value().ignored_entries, 1U);
  Case two;
  two.policy = tlog::Policy();
  two.policy->logs = {{.key = tlog::sample_key("log.example", 9).key, .url = {}}};
  EXPECT_EQ(two.why(), "the bundle's log entries are of logs that are not known here");
  two.bundle.entries.push_back(two.bundle.entries[0]);
  two.requirements.logs = 0;
  EXPECT_EQ(two.verify().value().ignored_entries, 2U);
}

TEST(Verifier, AsksForWitnesses) {
  Case one;
  one.policy = tlog::Policy();
  one.policy->witnesses = {{.name = "w", .key = sigstore().witness(), .url = {}}};
  one.policy->quorum = tlog::PolicyMember{tlog::PolicyMember::Kind::Witness, 0};
  EXPECT_EQ(one.verify().value().entries[0].witnesses.size(), 1U);
  one.policy->witnesses[0].key =
      tlog::sample_key("other.example", 5, tlog::SignatureType::Cosignature).key;
  EXPECT_EQ(one.code(), Code::Untrusted);
}

// --- what was signed ---

TEST(Verifier, RefusesAnotherArtifact) {
  for (const bool is_statement : {true, false})
    for (const bool has_certificate : {true, false}) {
      Case one({.is_statement = is_statement, .has_certificate = has_certificate});
      one.artifact = sigstore().message("other");
      EXPECT_EQ(one.code(), Code::Untrusted);
    }
}

TEST(Verifier, RefusesAnotherSignature) {
  Case one;
  std::get<MessageSignature>(one.bundle.content).signature[10] ^= 1;
  EXPECT_EQ(one.code(), Code::Untrusted);
  // By another key, and all the rest made for it.
  const SampleSigstore other;
  Case two;
  two.bundle.content = other.bundle({}).content;
  EXPECT_EQ(two.code(), Code::Untrusted);
  Case three({.is_statement = true});
  std::get<Envelope>(three.bundle.content).payload.push_back(' ');
  EXPECT_EQ(three.code(), Code::Untrusted);
}

TEST(Verifier, HoldsTheDigestBesideTheSignature) {
  Case one;
  std::get<MessageSignature>(one.bundle.content).digest[0] ^= 1;
  EXPECT_EQ(one.why(), "the bundle is of another artifact");
}

TEST(Verifier, TellsWhatAStatementSays) {
  Case one({.is_statement = true});
  EXPECT_EQ(one.verify().value().statement->predicate_type, "https://example.com/predicate/v1");
  one.predicate_type = "https://example.com/predicate/v1";
  EXPECT_EQ(one.why(), "");
  one.predicate_type = "https://example.com/predicate/v2";
  EXPECT_EQ(one.code(), Code::Untrusted);
  Case two;  // no statement at all
  two.predicate_type = "https://example.com/predicate/v1";
  EXPECT_EQ(two.code(), Code::Untrusted);
}

TEST(Verifier, RefusesBundlesWithoutTheirParts) {
  Case one;
  std::get<CertificateChain>(one.bundle.key).certificates.clear();
  EXPECT_EQ(one.code(), Code::Corrupt);
  Case two({.is_statement = true});
  std::get<Envelope>(two.bundle.content).signatures.clear();
  EXPECT_EQ(two.code(), Code::Corrupt);
  Case three;  // and roots without theirs are no danger
  three.root.timestamp_authorities[0].chain.clear();
  three.root.certificate_authorities[0].chain.clear();
  EXPECT_EQ(three.code(), Code::Untrusted);
  three = Case({.log = SampleLog::Rekor1});
  three.root.certificate_authorities[0].chain.clear();
  EXPECT_EQ(three.code(), Code::Untrusted);
}

TEST(Verifier, TakesStatementsAlone) {
  Case one({.is_statement = true, .has_certificate = false});
  Bytes payload = std::get<Envelope>(one.bundle.content).payload;
  one.bundle.content = sign_envelope("text/plain", payload, sigstore().key()).value();
  EXPECT_EQ(one.code(), Code::Unsupported);
}

ModelSignature sample_model() {
  ModelSignature out{.model = "m", .digest = content::Digest::of({}), .resources = {}};
  out.resources.push_back({.name = "a", .digest = content::Digest::of(bytes_of("a"))});
  out.digest = model_digest(out.resources);
  return out;
}

TEST(Verifier, TakesModelSignaturesWithTheirChain) {
  const ModelSignature model = sample_model();
  Case one({.statement = statement_of(model).value(), .log = std::nullopt});
  one.artifact = SignedMessage{.digest = model.digest};
  one.requirements = {.logs = 0, .certificate_logs = 0};
  auto& chain = std::get<CertificateChain>(one.bundle.key);
  chain.as_chain = true;
  chain.certificates.push_back(sigstore().authority().certificate().der());
  one.root.certificate_authorities[0].chain = {sigstore().top().certificate()};
  const auto result = one.verify();
  ASSERT_TRUE(result) << result.error().text;
  EXPECT_EQ(result->model_signature, model);
}

TEST(Verifier, RefusesModelSignaturesThatContradictThemselves) {
  Statement statement = statement_of(sample_model()).value();
  statement.predicate["resources"][0]["name"] = "../a";
  EXPECT_EQ(Case({.statement = statement}).code(), Code::Corrupt);
}

// Every member of every bundle, one after the other.
TEST(Verifier, RefusesEveryFlippedByteThatItReads) {
  for (const SampleLog log : {SampleLog::Rekor1, SampleLog::Rekor2}) {
    const Case good({.log = log});
    const auto refused = [&](auto change) {
      Case bad = good;
      change(bad.bundle);
      return !bad.verify();
    };
    const auto& leaf = std::get<CertificateChain>(good.bundle.key).certificates[0];
    for (std::size_t i = 0; i < leaf.size(); i += 3)
      EXPECT_TRUE(refused([&](Bundle& b) {
        std::get<CertificateChain>(b.key).certificates[0][i] ^= 0x10;
      })) << i;
    for (std::size_t i = 0; i < good.bundle.entries[0].body.size(); i += 5)
      EXPECT_TRUE(refused([&](Bundle& b) { b.entries[0].body[i] ^= 1; })) << i;
    for (std::size_t i = 0; i < 32; ++i)
      EXPECT_TRUE(refused([&](Bundle& b) { b.entries[0].proof->hashes[0][i] ^= 1; })) << i;
  }
}

}  // namespace
}  // namespace tegula::attest

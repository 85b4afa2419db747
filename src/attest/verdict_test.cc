#include "attest/verdict.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attest/sample_sigstore.h"
#include "base/base64.h"
#include "tlog/sample_keys.h"

namespace tegula::attest {
namespace {

using config::PolicyRule;
using config::PolicySigner;
using config::TrustMode;

const SampleSigstore& sigstore() {
  static const SampleSigstore kSigstore;
  return kSigstore;
}

content::Digest model() { return content::Digest::of(bytes_of("artifact")); }

// Of the model, with what came out.
Statement rebuild_of(std::string_view got) {
  Statement out;
  out.subjects.push_back({.name = {}, .digest = {{"sha256", model().hex()}}});
  out.predicate_type = kRebuildType;
  out.predicate["outputs"] = {{{"target", "gguf"},
                               {"expected", model().str()},
                               {"got", content::Digest::of(bytes_of(got)).str()}}};
  return out;
}

Bundle signature(const std::string& by = "signer@example.com") {
  return sigstore().bundle({.is_statement = true, .names = "email:" + by});
}

Bundle rebuild(const std::string& by, const char* what = "artifact") {
  return sigstore().bundle({.statement = rebuild_of(what), .names = "email:" + by});
}

PolicySigner person(const std::string& pattern) {
  return {.identity = pattern, .issuer = "https://issuer.example"};
}

PolicySigner key(const crypto::PublicKey& public_key) {
  return {.key = base64_encode(public_key.der())};
}

Verdict judged(const PolicyRule& rule, const std::vector<Bundle>& bundles) {
  const PolicyTerms terms = terms_of(rule).value();
  const TrustedRoot root = sigstore().root();
  return judge({.terms = terms, .root = root, .model = model(), .bundles = bundles}, {}).value();
}

TEST(Verdict, HoldsForASignatureOfWhomeverMay) {
  const PolicyRule rule{.names = {"*"}, .signers = {person("*@example.com")}};
  const Verdict verdict = judged(rule, {signature()});
  EXPECT_TRUE(verdict.holds) << verdict.why;
  EXPECT_EQ(verdict.signatures.size(), 1U);
  EXPECT_TRUE(verdict.refused.empty());
}

TEST(Verdict, RefusesEveryoneElse) {
  for (const PolicySigner& other :
       {person("*@example.org"), person(""), PolicySigner{.identity = "*", .issuer = "other"},
        key(sigstore().key().public_key())}) {
    const Verdict verdict = judged({.names = {"*"}, .signers = {other}}, {signature()});
    EXPECT_FALSE(verdict.holds) << other.identity;
    EXPECT_EQ(verdict.why, "none of its signatures holds under the policy");
    EXPECT_EQ(verdict.refused.at(0).why.text, "signer@example.com may not sign this model");
  }
  EXPECT_EQ(judged({.names = {"*"}}, {}).why, "it is not signed");
}

TEST(Verdict, TakesAnybodyWithANameWhereNobodyIsNamed) {
  EXPECT_TRUE(judged({.names = {"*"}}, {signature()}).holds);
  const Bundle nobody =
      sigstore().bundle({.is_statement = true, .names = "email:a@b.c,email:d@e.f"});
  EXPECT_FALSE(judged({.names = {"*"}}, {nobody}).holds);
}

TEST(Verdict, TakesTheKeyThatALogHasWhereNobodyIsNamed) {
  const std::vector<Bundle> bundles = {
      sigstore().bundle({.is_statement = true, .has_certificate = false})};
  PolicyTerms terms{.mode = TrustMode::Warn};
  const TrustedRoot root = sigstore().root();
  const VerdictRequest request{.terms = terms, .root = root, .model = model(), .bundles = bundles};
  EXPECT_FALSE(judge(request, {}).value().holds);
  terms.is_open = true;
  EXPECT_TRUE(judge(request, {}).value().holds);
}

// Its own alone: what others bring must not be work for every bundle.
TEST(Verdict, TakesNoKeyOfAnotherBundle) {
  std::vector<Bundle> bundles = {
      sigstore().bundle({.is_statement = true, .has_certificate = false}),
      sigstore().bundle({.is_statement = true, .has_certificate = false})};
  bundles[1].entries.clear();
  const PolicyTerms terms{.mode = TrustMode::Warn, .is_open = true};
  const TrustedRoot root = sigstore().root();
  const Verdict verdict =
      judge({.terms = terms, .root = root, .model = model(), .bundles = bundles}, {}).value();
  EXPECT_EQ(verdict.signatures.size(), 1U);
  ASSERT_EQ(verdict.refused.size(), 1U);
  EXPECT_THAT(verdict.refused[0].why.text, ::testing::StartsWith("it is in no log"));
}

TEST(Verdict, EndsWhenItIsTold) {
  const std::vector<Bundle> bundles = {signature()};
  const PolicyTerms terms{.mode = TrustMode::Warn};
  const TrustedRoot root = sigstore().root();
  StopSource source;
  source.cancel();
  const auto verdict =
      judge({.terms = terms, .root = root, .model = model(), .bundles = bundles}, source.stop());
  ASSERT_FALSE(verdict);
  EXPECT_EQ(verdict.error().code, Code::Cancelled);
}

TEST(Verdict, KnowsKeys) {
  const Bundle bundle = sigstore().bundle({.is_statement = true, .has_certificate = false});
  const auto other = crypto::PrivateKey::generate(crypto::KeyType::P256).value();
  EXPECT_TRUE(judged({.names = {"*"},
                      .signers = {key(other.public_key()), key(sigstore().key().public_key())}},
                     {bundle})
                  .holds);
  const Verdict by_another =
      judged({.names = {"*"}, .signers = {key(other.public_key())}}, {bundle});
  EXPECT_FALSE(by_another.holds);
  EXPECT_EQ(by_another.refused.at(0).why.text, "it is by no key of the policy");
  EXPECT_EQ(by_another.refused.at(0).claim, claim_of(bundle));
  EXPECT_EQ(judged({.names = {"*"}}, {bundle}).refused.at(0).why.text,
            "it is by no key of the policy");
}

TEST(Verdict, SaysOfWhatIsInNoLogJustThat) {
  Bundle bundle = sigstore().bundle({.is_statement = true, .has_certificate = false});
  bundle.entries.clear();
  const PolicyTerms open{.mode = TrustMode::Warn, .is_open = true};
  const PolicyTerms closed =
      terms_of({.names = {"*"}, .signers = {key(sigstore().key().public_key())}}).value();
  const TrustedRoot root = sigstore().root();
  for (const PolicyTerms* terms : {&open, &closed}) {
    const Verdict verdict =
        judge({.terms = *terms, .root = root, .model = model(), .bundles = {&bundle, 1}}, {})
            .value();
    EXPECT_THAT(verdict.refused.at(0).why.text, ::testing::StartsWith("it is in no log"));
  }
}

// What is said of a policy would be of one that isn't there.
TEST(Verdict, TellsWhatHoldsWhereThereIsNoRule) {
  const PolicyTerms terms{.mode = TrustMode::Warn, .is_open = true};
  const TrustedRoot root = sigstore().root();
  const auto told = [&](const std::vector<Bundle>& bundles) {
    return judge({.terms = terms, .root = root, .model = model(), .bundles = bundles}, {}).value();
  };
  const Verdict verdict = told({signature(), rebuild("signer@example.com"), rebuild("a@b.c")});
  EXPECT_EQ(verdict.rebuilds.size(), 2U);
  EXPECT_TRUE(verdict.refused.empty());
  // An entry of Rekor v1 has it in another place.
  const Verdict unknown = told({sigstore().bundle(
      {.is_statement = true, .log = SampleLog::Rekor1, .has_certificate = false})});
  EXPECT_EQ(unknown.why, "none of its signatures holds");
  EXPECT_EQ(unknown.refused.at(0).why.text, "its log entry does not have the key that signed it");
}

TEST(Verdict, SaysWhyARebuildDoesNotCount) {
  const PolicyRule rule{.names = {"*"},
                        .signers = {person("signer@example.com")},
                        .rebuilders = {person("a@example.com"), person("signer@example.com")},
                        .rebuilders_min = 1};
  const Verdict verdict =
      judged(rule, {signature(), rebuild("a@example.com"), rebuild("a@example.com"),
                    rebuild("signer@example.com"), rebuild("c@example.com")});
  EXPECT_TRUE(verdict.holds);
  const char* why[] = {"a@example.com has vouched for this model already",
                       "signer@example.com has signed the model, and can't vouch for it by "
                       "rebuilding it",
                       "c@example.com is no rebuilder of the policy"};
  ASSERT_EQ(verdict.refused.size(), std::size(why));
  for (std::size_t i = 0; i < std::size(why); ++i) EXPECT_EQ(verdict.refused[i].why.text, why[i]);
  EXPECT_EQ(verdict.refused[2].claim,
            BundleClaim({.predicate_type = std::string(kRebuildType), .signer = "c@example.com"}));
}

TEST(Verdict, OneGoodSignatureIsEnough) {
  const PolicyRule rule{.names = {"*"}, .signers = {person("signer@example.com")}};
  const Bundle another = sigstore().bundle({.artifact = "other", .is_statement = true});
  const Verdict verdict = judged(rule, {another, signature("x@example.com"), signature()});
  EXPECT_TRUE(verdict.holds);
  EXPECT_EQ(verdict.refused.size(), 2U);
}

TEST(Verdict, CountsWitnesses) {
  const tlog::NoteKey stranger =
      tlog::sample_key("stranger.example", 3, tlog::SignatureType::Cosignature).key;
  PolicyRule rule{.names = {"*"},
                  .witnesses = {sigstore().witness().str(), stranger.str()},
                  .witnesses_min = 1};
  EXPECT_TRUE(judged(rule, {signature()}).holds);
  rule.witnesses_min = 2;
  EXPECT_FALSE(judged(rule, {signature()}).holds);
  rule.witnesses_min = 0;
  EXPECT_TRUE(judged(rule, {signature()}).holds);
}

TEST(Verdict, BelievesTheLogsOfTheRule) {
  const auto keys = note_keys_of(sigstore().root().logs[1]).value();
  PolicyRule rule{.names = {"*"}, .logs = {keys[0].str()}};
  EXPECT_TRUE(judged(rule, {signature()}).holds);
  rule.logs = {tlog::sample_key("log.example", 9).key.str()};
  EXPECT_FALSE(judged(rule, {signature()}).holds);
}

TEST(Verdict, CountsIndependentRebuilders) {
  PolicyRule rule{.names = {"*"},
                  .signers = {person("signer@example.com")},
                  .rebuilders = {person("a@example.com"), person("b@example.com"),
                                 person("signer@example.com")},
                  .rebuilders_min = 2};
  const Bundle a = rebuild("a@example.com"), b = rebuild("b@example.com");
  EXPECT_TRUE(judged(rule, {signature(), a, b}).holds);
  EXPECT_EQ(judged(rule, {signature(), a}).why,
            "it was rebuilt by 1 of the 2 that the policy wants");
  EXPECT_FALSE(judged(rule, {signature(), a, rebuild("a@example.com")}).holds);
  EXPECT_FALSE(judged(rule, {signature(), a, rebuild("signer@example.com")}).holds);
  EXPECT_FALSE(judged(rule, {signature(), a, rebuild("c@example.com")}).holds);
  const Verdict different = judged(rule, {signature(), a, rebuild("b@example.com", "other")});
  EXPECT_FALSE(different.holds);
  EXPECT_EQ(different.refused.at(0).why.text,
            "b@example.com rebuilt it, and something else came out");
  EXPECT_FALSE(judged(rule, {a, b}).holds);  // nobody has signed it
}

// The form is another module's: whatever doesn't say "the same" in it doesn't count.
TEST(Verdict, CountsRebuildsThatSayTheSame) {
  const PolicyRule rule{.names = {"*"}, .rebuilders = {person("*")}, .rebuilders_min = 1};
  const auto holds = [&](const codec::Json& predicate) {
    Statement statement = rebuild_of("artifact");
    statement.predicate = predicate;
    const Bundle bundle =
        sigstore().bundle({.statement = statement, .names = "email:a@example.com"});
    return judged(rule, {signature(), bundle}).holds;
  };
  const std::string is = model().str(), other = content::Digest::of({}).str();
  const codec::Json same = {{"expected", is}, {"got", is}};
  EXPECT_TRUE(holds({{"outputs", {same}}}));
  EXPECT_TRUE(holds({{"outputs", {{{"expected", other}, {"got", is}}, same}}}));
  const codec::Json bad[] = {
      codec::Json::object(),
      {{"outputs", nullptr}},
      {{"outputs", same}},
      {{"outputs", codec::Json::array()}},
      {{"outputs", {1}}},
      {{"outputs", {{{"expected", is}}}}},
      {{"outputs", {{{"got", is}}}}},
      {{"outputs", {{{"expected", is}, {"got", other}}}}},
      {{"outputs", {{{"expected", other}, {"got", other}}}}},
      {{"outputs", {{{"expected", other}, {"got", is}}}}},
      {{"outputs", {{{"expected", 1}, {"got", 1}}}}},
  };
  for (const codec::Json& predicate : bad) EXPECT_FALSE(holds(predicate)) << predicate;
}

TEST(Verdict, AsksNobodyWhereThePolicyIsOff) {
  EXPECT_TRUE(judged({.names = {"*"}, .mode = TrustMode::Off}, {}).holds);
  EXPECT_FALSE(judged({.names = {"*"}, .mode = TrustMode::Warn}, {}).holds);
}

TEST(Verdict, RefusesRulesWithoutKeysInThem) {
  const auto code = [](const PolicyRule& rule) {
    const auto terms = terms_of(rule);
    return terms ? Code::Internal : terms.error().code;
  };
  EXPECT_EQ(code({.names = {"*"}, .signers = {{.key = "%"}}}), Code::InvalidArgument);
  EXPECT_EQ(code({.names = {"*"}, .signers = {{.key = "AAAA"}}}), Code::InvalidArgument);
  EXPECT_EQ(code({.names = {"*"}, .rebuilders = {{.key = "AAAA"}}}), Code::InvalidArgument);
  EXPECT_EQ(code({.names = {"*"}, .logs = {"log.example"}}), Code::InvalidArgument);
  EXPECT_EQ(code({.names = {"*"}, .witnesses = {"w"}}), Code::InvalidArgument);
  EXPECT_EQ(code({.names = {"*"}, .witnesses = {tlog::sample_key("log.example", 9).key.str()}}),
            Code::InvalidArgument);  // signs notes, and isn't a witness
  EXPECT_EQ(code({.names = {"*"}, .logs = {sigstore().witness().str()}}),
            Code::InvalidArgument);  // and the other way round
}

// Two names of one key are no second opinion.
TEST(Verdict, CountsAWitnessOnceWhateverItIsCalled) {
  const tlog::NoteKey witness = sigstore().witness();
  const tlog::NoteKey other =
      tlog::NoteKey::create("other.example", witness.type(), witness.key()).value();
  for (const std::string& second : {witness.str(), other.str()}) {
    const auto terms =
        terms_of({.names = {"*"}, .witnesses = {witness.str(), second}, .witnesses_min = 2});
    ASSERT_FALSE(terms) << second;
    EXPECT_EQ(terms.error().code, Code::InvalidArgument);
  }
}

}  // namespace
}  // namespace tegula::attest

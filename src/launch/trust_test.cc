#include "launch/trust.h"

#include <gtest/gtest.h>

#include "attest/sample_sigstore.h"
#include "content/media_type.h"
#include "content/temporary_store.h"

namespace tegula::launch {
namespace {

using config::TrustMode;

class TrustTest : public ::testing::Test {
 protected:
  TrustTest() : model_(content::build(disk_.store, "team/m:v1", {{"m.txt", "text"}}).value()) {
    basis_.root = sigstore_.root();
  }

  void put(const std::string& bundle) {
    const auto lease = disk_.store.lease().value();
    ASSERT_TRUE(disk_.store.put_bytes(bytes_of("{}"), *lease));
    const auto blob = disk_.store.put_bytes(bytes_of(bundle), *lease).value();
    const std::string type(content::media_type::kBundle);
    const content::ImageManifest referrer{
        .media_type = std::string(content::media_type::kImageManifest),
        .artifact_type = type,
        .config = content::empty_descriptor(),
        .layers = {{type, blob.digest, blob.size}},
        .subject =
            content::Descriptor{.media_type = std::string(content::media_type::kImageManifest),
                                .digest = model_,
                                .size = disk_.store.read_manifest_bytes(model_).value().size()}};
    ASSERT_TRUE(disk_.store.put_referrer(content::encode(referrer).value(), *lease));
  }

  // Of somebody with a certificate, or by the sample key.
  void sign(bool has_certificate = true) {
    const attest::Statement statement{
        .subjects = {{.name = {}, .digest = {{"sha256", model_.hex()}}}},
        .predicate_type = "https://example.com/said"};
    put(attest::encode(
            sigstore_.bundle({.statement = statement, .has_certificate = has_certificate}))
            .value());
  }

  Result<Trust> judge(const char* name = "team/m:v1") {
    const BundlesOfModel bundles = TRY(read_bundles(disk_.store, model_, disk_.progress, {}));
    const std::vector<attest::ModelResource> files = TRY(files_of(disk_.store, model_));
    return judge_model(content::named(name), model_, files, bundles, basis_, {});
  }

  void set_rule(TrustMode mode, const char* pattern = "team/*") {
    basis_.policy.rules = {
        {.names = {pattern},
         .mode = mode,
         .signers = {{.identity = "signer@example.com", .issuer = "https://issuer.example"}}}};
  }

  const attest::SampleSigstore sigstore_;
  content::TemporaryStore disk_;
  const content::Digest model_;
  TrustBasis basis_;
};

TEST_F(TrustTest, DependsOnNothingWithoutARule) {
  const Trust unsigned_model = judge().value();
  EXPECT_FALSE(unsigned_model.has_rule);
  EXPECT_FALSE(unsigned_model.verdict.holds);
  EXPECT_FALSE(unsigned_model.forbids());
  sign();
  const Trust trust = judge().value();
  EXPECT_EQ(trust.bundles, 1U);
  EXPECT_EQ(trust.verdict.signatures.size(), 1U);
}

TEST_F(TrustTest, ShowsKeysThatALogHas) {
  sign(false);
  const Trust trust = judge().value();
  ASSERT_EQ(trust.verdict.signatures.size(), 1U);
  EXPECT_EQ(std::get<crypto::PublicKey>(trust.verdict.signatures[0].signer),
            sigstore_.key().public_key());
  basis_.root.logs.clear();
  EXPECT_TRUE(judge().value().verdict.signatures.empty());
}

TEST_F(TrustTest, ForbidsOnlyUnderEnforce) {
  for (const TrustMode mode : {TrustMode::Enforce, TrustMode::Warn, TrustMode::Off}) {
    set_rule(mode);
    const Trust trust = judge().value();
    EXPECT_TRUE(trust.has_rule);
    EXPECT_EQ(trust.forbids(), mode == TrustMode::Enforce);
    EXPECT_EQ(trust.verdict.holds, mode == TrustMode::Off);
  }
  sign();
  set_rule(TrustMode::Enforce);
  EXPECT_FALSE(judge().value().forbids());
}

TEST_F(TrustTest, FindsTheRuleByEverySpelling) {
  for (const char* pattern : {"team/m", "team/m:v1", "team/*", "*"}) {
    set_rule(TrustMode::Enforce, pattern);
    EXPECT_TRUE(judge().value().has_rule) << pattern;
  }
  for (const char* pattern : {"team", "team/m:v2", "other/*"}) {
    set_rule(TrustMode::Enforce, pattern);
    EXPECT_FALSE(judge().value().has_rule) << pattern;
  }
  set_rule(TrustMode::Enforce, "team/m:latest");
  EXPECT_TRUE(judge("team/m").value().has_rule);
  EXPECT_FALSE(judge(("team/m@" + model_.str()).c_str()).value().has_rule);
  set_rule(TrustMode::Enforce, "team/m");
  EXPECT_TRUE(judge(("team/m@" + model_.str()).c_str()).value().has_rule);
}

TEST_F(TrustTest, RefusesRulesThatAreNone) {
  set_rule(TrustMode::Enforce);
  basis_.policy.rules[0].signers[0] = {.key = "bm8ga2V5"};
  EXPECT_EQ(judge().error().code, Code::InvalidArgument);
}

TEST_F(TrustTest, TakesModelSignaturesOfExactlyItsFiles) {
  const auto sign_files = [&](std::vector<attest::ModelResource> files) {
    const attest::ModelSignature signature{
        .model = "m", .digest = attest::model_digest(files), .resources = std::move(files)};
    put(attest::encode(sigstore_.bundle({.statement = attest::statement_of(signature).value()}))
            .value());
  };
  std::vector<attest::ModelResource> files = files_of(disk_.store, model_).value();
  ASSERT_EQ(files.size(), 1U);
  sign_files({{.name = "other.txt", .digest = files[0].digest}});
  EXPECT_EQ(judge().value().verdict.refused.size(), 1U);
  sign_files(files);
  EXPECT_EQ(judge().value().verdict.signatures.size(), 1U);
  files.push_back({.name = "n.txt", .digest = model_});
  sign_files(files);
  EXPECT_EQ(judge().value().verdict.refused.size(), 2U);
}

TEST_F(TrustTest, PassesOverWhatIsNoBundle) {
  set_rule(TrustMode::Enforce);
  sign();
  put("{}");
  put("{");
  const Trust trust = judge().value();
  EXPECT_TRUE(trust.verdict.holds);
  EXPECT_EQ(trust.bundles, 3U);
  EXPECT_EQ(trust.verdict.refused.size(), 2U);
}

}  // namespace
}  // namespace tegula::launch

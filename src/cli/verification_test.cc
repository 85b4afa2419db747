#include "cli/verification.h"

#include <gtest/gtest.h>

#include "attest/sample_sigstore.h"

namespace tegula::cli {
namespace {

using attest::SampleLog;
using attest::SamplePlan;

attest::Verification verified(const SamplePlan& plan) {
  const attest::SampleSigstore sigstore;
  const attest::Bundle bundle = sigstore.bundle(plan);
  const attest::TrustedRoot root = sigstore.root();
  attest::ExpectedSigner signer = attest::AnyIdentity();
  if (!plan.has_certificate) signer = sigstore.key().public_key();
  tlog::Policy policy;
  policy.witnesses = {{.name = "watcher", .key = sigstore.witness(), .url = {}}};
  return attest::verify_bundle({.bundle = bundle,
                                .artifact = sigstore.message(plan.artifact),
                                .root = root,
                                .signer = signer,
                                .policy = &policy})
      .value();
}

content::Digest artifact() { return content::Digest::of(bytes_of("artifact")); }

TEST(Verification, IsAPageForPeople) {
  const std::string page =
      verification_page(verified({.is_statement = true, .log = SampleLog::Rekor1}), artifact());
  for (const char* line :
       {"signer@example.com", "https://issuer.example", "rekor.example - 1234, entry 1 of 3",
        "watcher at 2026-01-12T13:46:40Z", "2026-01-12T13:46:40Z, says tsa", "https://ct.example",
        "https://example.com/predicate/v1"})
    EXPECT_NE(page.find(line), page.npos) << line << "\n" << page;
}

TEST(Verification, HasEveryFieldInJson) {
  const codec::OrderedJson json =
      verification_json(verified({.log = SampleLog::Rekor2, .has_certificate = false}), artifact());
  EXPECT_EQ(json["signer"]["kind"], "key");
  EXPECT_EQ(json["signer"]["name"], nullptr);
  EXPECT_EQ(json["signer"]["key_type"], "ECDSA P-256");
  EXPECT_EQ(json["entries"][0]["size"], 3);
  EXPECT_EQ(json["entries"][0]["time"], nullptr);
  EXPECT_EQ(json["entries"][0]["witnesses"][0]["name"], "watcher");
  EXPECT_EQ(json["times"][0]["source"], "timestamp_authority");
  EXPECT_EQ(json["statement"], nullptr);
  EXPECT_EQ(json["model_signature"], nullptr);
  EXPECT_EQ(json["ignored_entries"], 0);
}

}  // namespace
}  // namespace tegula::cli

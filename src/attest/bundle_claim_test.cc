#include "attest/bundle_claim.h"

#include <gtest/gtest.h>

#include "attest/sample_sigstore.h"
#include "base/base64.h"
#include "content/digest.h"

namespace tegula::attest {
namespace {

TEST(BundleClaim, NamesStatementAndSigner) {
  const SampleSigstore sigstore;
  const BundleClaim by_name = claim_of(sigstore.bundle({.is_statement = true}));
  EXPECT_EQ(by_name.signer, "signer@example.com");
  EXPECT_EQ(by_name.predicate_type, "https://example.com/predicate/v1");
  const std::string key = "key " + content::Digest::of(sigstore.key().public_key().der()).str();
  Bundle bundle = sigstore.bundle({.has_certificate = false});
  EXPECT_EQ(claim_of(bundle), BundleClaim({.predicate_type = {}, .signer = key}));
  bundle.entries.clear();
  bundle.key = KeyHint{base64_encode(crypto::sha256(sigstore.key().public_key().der()))};
  EXPECT_EQ(claim_of(bundle).signer, key);
}

TEST(BundleClaim, SaysNothingOfWhatCannotBeRead) {
  const SampleSigstore sigstore;
  Bundle bundle = sigstore.bundle({.is_statement = true});
  std::get<Envelope>(bundle.content).payload = {'{'};
  for (const CertificateChain& chain : {CertificateChain(), CertificateChain{{{1, 2}}, false}}) {
    bundle.key = chain;
    EXPECT_EQ(claim_of(bundle), BundleClaim());
  }
  bundle.entries.clear();
  for (const char* hint : {"", "mine", "AAAA", "%"}) {
    bundle.key = KeyHint{hint};
    EXPECT_EQ(claim_of(bundle), BundleClaim()) << hint;
  }
}

}  // namespace
}  // namespace tegula::attest

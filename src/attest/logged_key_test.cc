#include "attest/logged_key.h"

#include <gtest/gtest.h>

#include "attest/sample_sigstore.h"

namespace tegula::attest {
namespace {

TEST(LoggedKey, IsTheSignersWhereTheLogHasIt) {
  const SampleSigstore sigstore;
  const Bundle by_key = sigstore.bundle({.is_statement = true, .has_certificate = false});
  EXPECT_EQ(logged_key(by_key), sigstore.key().public_key());
  EXPECT_FALSE(logged_key(sigstore.bundle({.is_statement = true})));
  EXPECT_FALSE(logged_key(sigstore.bundle({.log = std::nullopt, .has_certificate = false})));
  EXPECT_FALSE(logged_key(sigstore.bundle({.log = SampleLog::Rekor1, .has_certificate = false})));
}

TEST(LoggedKey, IsNothingInBodiesThatAreNone) {
  const SampleSigstore sigstore;
  Bundle bundle = sigstore.bundle({.is_statement = true, .has_certificate = false});
  const auto with = [](const std::string& bytes) {
    return R"({"spec":{"hashedRekordV002":{"signature":{"verifier":{"publicKey":{"rawBytes":)" +
           bytes + "}}}}}}";
  };
  for (const std::string& text : {std::string(), std::string("[]"), std::string("{\"spec\":7}"),
                                  with("7"), with("\"!\""), with("\"e30=\"")}) {
    bundle.entries[0].body = Bytes(text.begin(), text.end());
    EXPECT_FALSE(logged_key(bundle)) << text;
  }
}

}  // namespace
}  // namespace tegula::attest

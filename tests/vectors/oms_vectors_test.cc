// Every bundle of $TEGULA_VECTORS/oms (OpenSSF model signing v1.0), as far as the parts below the
// verifier go.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <gtest/gtest.h>

#include "attest/bundle.h"
#include "attest/statement.h"
#include "crypto/certificate.h"

namespace tegula::attest {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPredicateType = "https://model_signing/signature/v1.0";

Result<Bundle> read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return parse_bundle(std::string{std::istreambuf_iterator<char>(file), {}});
}

fs::path folder() { return fs::path(std::getenv("TEGULA_VECTORS")) / "oms"; }

Statement statement_of(const Bundle& bundle) {
  return parse_statement(text_of(std::get<Envelope>(bundle.content).payload)).value();
}

TEST(OmsVectors, ThatAreValidSayWhatWasSigned) {
  std::size_t count = 0;
  for (const auto& entry : fs::directory_iterator(folder() / "valid")) {
    const Bundle bundle = read(entry.path()).value();
    EXPECT_EQ(parse_bundle(encode(bundle).value()).value(), bundle) << entry.path();
    const Statement statement = statement_of(bundle);
    EXPECT_EQ(statement.predicate_type, kPredicateType) << entry.path();
    EXPECT_TRUE(sha256_of(statement.subjects.at(0))) << entry.path();
    ++count;
  }
  EXPECT_GT(count, 1U);
}

TEST(OmsVectors, AreSignedByTheCertificateInThem) {
  const Bundle bundle = read(folder() / "valid" / "certificate.bundle.json").value();
  const auto& chain = std::get<CertificateChain>(bundle.key);
  EXPECT_TRUE(chain.as_chain);
  const auto leaf = crypto::Certificate::from_der(chain.certificates.at(0)).value();
  const auto issuer = crypto::Certificate::from_der(chain.certificates.at(1)).value();
  const crypto::PublicKey key = leaf.public_key().value();
  EXPECT_EQ(key.type(), crypto::KeyType::P384);
  EXPECT_EQ(issuer.public_key().value().type(), crypto::KeyType::Rsa);
  EXPECT_TRUE(verify_envelope(std::get<Envelope>(bundle.content), key));
  EXPECT_TRUE(crypto::verify_chain(
      {leaf, {}, {&issuer, 1}, leaf.validity().not_before_s, crypto::ExtendedUsage::CodeSigning}));
}

// What lacks its log entries is a bundle still, but nothing that could ever be verified.
TEST(OmsVectors, ThatAreInvalidDoNotParse) {
  std::size_t count = 0;
  for (const auto& entry : fs::directory_iterator(folder() / "invalid")) {
    const bool parses = read(entry.path()).has_value();
    EXPECT_EQ(parses, entry.path().filename() == "missing-tlog-entries.bundle.json")
        << entry.path();
    ++count;
  }
  EXPECT_GT(count, 3U);
}

TEST(OmsVectors, WithAnotherPredicateSayAnotherThing) {
  for (const auto& entry : fs::directory_iterator(folder() / "invalid-payload"))
    EXPECT_NE(statement_of(read(entry.path()).value()).predicate_type, kPredicateType);
}

}  // namespace
}  // namespace tegula::attest

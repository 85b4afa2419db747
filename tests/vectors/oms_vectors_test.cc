// Every bundle of $TEGULA_VECTORS/oms (OpenSSF model signing v1.0): the verifier's verdict, and
// what the parts below it say.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <gtest/gtest.h>

#include "attest/bundle.h"
#include "attest/model_signature.h"
#include "attest/statement.h"
#include "attest/verifier.h"
#include "base/hex.h"
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

// The specification keeps the signers' roots and keys elsewhere. The chain's first authority is
// trusted in the root's place, and the key of the other bundle is the certificate's, which its hint
// confirms: SHA-256 over PEM.
struct Signers {
  Bundle certificate = read(folder() / "valid" / "certificate.bundle.json").value();
  crypto::Certificate leaf = link(0);
  crypto::Certificate authority = link(1);
  crypto::PublicKey key = leaf.public_key().value();

  crypto::Certificate link(std::size_t place) const {
    const auto& chain = std::get<CertificateChain>(certificate.key);
    return crypto::Certificate::from_der(chain.certificates.at(place)).value();
  }
  TrustedRoot root() const {
    TrustedRoot out;
    TrustedAuthority trusted;
    trusted.chain = {authority};
    trusted.validity = authority.validity();
    out.certificate_authorities.push_back(trusted);
    return out;
  }
};

Result<Verification> verdict(const fs::path& path, Requirements requirements = {}) {
  const Signers signers;
  const Bundle bundle = TRY(read(path));
  const TrustedRoot root = signers.root();
  ExpectedSigner signer = AnyIdentity();
  if (std::holds_alternative<KeyHint>(bundle.key)) signer = signers.key;
  const auto digest = sha256_of(statement_of(bundle).subjects.at(0)).value();
  return verify_bundle({.bundle = bundle,
                        .artifact = {.digest = digest},
                        .root = root,
                        .signer = signer,
                        .requirements = requirements,
                        .predicate_type = std::string(kPredicateType),
                        .assumed_time_s = signers.leaf.validity().not_before_s});
}

// Model signatures by a key or a private authority are in no log.
constexpr Requirements kUnlogged = {.logs = 0, .certificate_logs = 0};

TEST(OmsVectors, KnowTheirKey) {
  const Signers signers;
  const Bundle bundle = read(folder() / "valid" / "key.bundle.json").value();
  EXPECT_EQ(hex_encode(crypto::sha256(bytes_of(signers.key.pem()))),
            std::get<KeyHint>(bundle.key).hint);
}

TEST(OmsVectors, GetTheRightVerdict) {
  for (const auto& entry : fs::recursive_directory_iterator(folder())) {
    if (!entry.path().filename().string().ends_with(".bundle.json")) continue;
    const bool is_valid = entry.path().parent_path().filename() == "valid";
    // The one without log entries is by somebody whose authority has a log.
    const bool is_logged = entry.path().filename() == "missing-tlog-entries.bundle.json";
    const auto result = verdict(entry.path(), is_logged ? Requirements() : kUnlogged);
    EXPECT_EQ(result.has_value(), is_valid)
        << entry.path() << ": " << (result ? "holds" : result.error().text);
    if (result) {
      EXPECT_EQ(result->model_signature.value().resources.size(), 2U) << entry.path();
    }
  }
}

TEST(OmsVectors, AreRefusedWhereALogIsWanted) {
  for (const auto& entry : fs::directory_iterator(folder() / "valid"))
    EXPECT_EQ(verdict(entry.path()).error().code, Code::Untrusted) << entry.path();
}

// Nothing lies there that no test reads; the schemas are for a check that writes bundles.
TEST(OmsVectors, AreOfNoOtherKind) {
  for (const auto& entry : fs::recursive_directory_iterator(folder())) {
    const std::string path = entry.path();
    EXPECT_TRUE(entry.is_directory() || path.ends_with(".bundle.json") ||
                path.find("/schemas/") != path.npos)
        << path;
  }
}

}  // namespace
}  // namespace tegula::attest

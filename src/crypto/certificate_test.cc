#include "crypto/certificate.h"

#include <gtest/gtest.h>

#include "base/limits.h"
#include "crypto/sample_certificates.h"
#include "crypto/x509.h"

namespace tegula::crypto {
namespace {

using Kind = AlternativeName::Kind;

Certificate certificate(std::string_view pem) { return Certificate::from_pem(pem).value(); }

struct Chain {
  Certificate leaf = certificate(sample::kLeaf);
  std::vector<Certificate> intermediates = {certificate(sample::kMid)};
  std::vector<Certificate> anchors = {certificate(sample::kRoot)};
  std::int64_t time_s = sample::kLeafBegins;
  ExtendedUsage usage = ExtendedUsage::CodeSigning;

  Result<std::vector<Certificate>> verify() const {
    return verify_chain({leaf, intermediates, anchors, time_s, usage});
  }
  bool holds() const { return verify().has_value(); }
};

TEST(Certificate, TellsWhatItSays) {
  const Certificate leaf = certificate(sample::kLeaf);
  EXPECT_EQ(leaf.validity(), (Validity{sample::kLeafBegins, sample::kLeafEnds}));
  EXPECT_EQ(
      leaf.names(),
      (std::vector<AlternativeName>{{Kind::Uri, "https://example.com/workflow@refs/heads/main"}}));
  EXPECT_TRUE(leaf.has(ExtendedUsage::CodeSigning));
  EXPECT_FALSE(leaf.has(ExtendedUsage::TimeStamping));
  EXPECT_FALSE(leaf.is_authority());
  EXPECT_FALSE(leaf.is_self_issued());
  EXPECT_EQ(text_of(leaf.extension("1.3.6.1.4.1.57264.1.8").value()),
            "\x0C\x1Ahttps://issuer.example.com");
  EXPECT_EQ(leaf.extension("1.3.6.1.4.1.57264.1.9"), std::nullopt);
  EXPECT_EQ(leaf.public_key().value().type(), KeyType::P256);
  EXPECT_EQ(sha256(leaf.public_key().value().der()), leaf.public_key_hash());
  const Certificate root = certificate(sample::kRoot);
  EXPECT_TRUE(root.is_authority());
  EXPECT_TRUE(root.is_self_issued());
  EXPECT_FALSE(root.has(ExtendedUsage::CodeSigning));
}

TEST(Certificate, TellsEveryName) {
  EXPECT_EQ(certificate(sample::kMail).names(),
            (std::vector<AlternativeName>{{Kind::Email, "a@example.com"},
                                          {Kind::Dns, "example.com"},
                                          {Kind::Other, "someone", "1.3.6.1.4.1.57264.1.7"}}));
}

TEST(Certificate, GivesItsSignedPartWithoutAnExtension) {
  const Certificate leaf = certificate(sample::kLeaf);
  const Bytes whole = leaf.signed_part_without("1.2.3"),
              less = leaf.signed_part_without("1.3.6.1.4.1.57264.1.8");
  EXPECT_LT(less.size(), whole.size());
  EXPECT_NE(text_of(whole).find("issuer.example.com"), std::string_view::npos);
  EXPECT_EQ(text_of(less).find("issuer.example.com"), std::string_view::npos);
  // The issuer signed the whole of it.
  EXPECT_NE(text_of(leaf.der()).find(text_of(whole)), std::string_view::npos);
}

TEST(Certificate, RefusesWhatIsCutOrPadded) {
  const Bytes der = certificate(sample::kLeaf).der();
  EXPECT_EQ(Certificate::from_der(der).value(), certificate(sample::kLeaf));
  for (std::size_t size = 0; size < der.size(); ++size)
    EXPECT_EQ(Certificate::from_der(ByteView(der).first(size)).error().code, Code::InvalidArgument)
        << size;
  Bytes longer = der;
  longer.push_back(0);
  EXPECT_EQ(Certificate::from_der(longer).error().code, Code::InvalidArgument);
  EXPECT_EQ(
      Certificate::from_pem(std::string(sample::kLeaf) + std::string(sample::kMid)).error().code,
      Code::InvalidArgument);
}

TEST(Certificate, HoldsItsLimits) {
  const Bytes most(limits::kCertificateBytesMax), more(limits::kCertificateBytesMax + 1);
  EXPECT_EQ(Certificate::from_der(most).error().code, Code::InvalidArgument);
  EXPECT_EQ(Certificate::from_der(more).error().code, Code::Exhausted);
  const std::string text(2 * limits::kCertificateBytesMax, ' ');
  EXPECT_EQ(Certificate::from_pem(text).error().code, Code::InvalidArgument);
  EXPECT_EQ(Certificate::from_pem(text + " ").error().code, Code::Exhausted);
}

TEST(CertificateChain, LeadsFromTheLeafToAnAnchor) {
  Chain chain;
  EXPECT_EQ(chain.verify().value(),
            (std::vector<Certificate>{chain.leaf, chain.intermediates[0], chain.anchors[0]}));
  chain.anchors = {certificate(sample::kMid)};  // an anchor needn't have signed itself
  EXPECT_EQ(chain.verify().value().size(), 2U);
}

TEST(CertificateChain, WantsEveryCertificateValidAtTheTime) {
  Chain chain;
  for (const std::int64_t time_s : {sample::kLeafBegins, sample::kLeafEnds}) {
    chain.time_s = time_s;
    EXPECT_TRUE(chain.holds()) << time_s;
  }
  for (const std::int64_t time_s :
       {sample::kLeafBegins - 1, sample::kLeafEnds + 1, std::int64_t{0}, std::int64_t{1} << 40}) {
    chain.time_s = time_s;
    EXPECT_EQ(chain.verify().error().code, Code::Untrusted) << time_s;
  }
}

TEST(CertificateChain, RefusesGapsStrangersAndOtherUses) {
  Chain chain;
  chain.intermediates.clear();
  EXPECT_FALSE(chain.holds());
  chain = {};
  chain.anchors = {certificate(sample::kTsa)};
  EXPECT_FALSE(chain.holds());
  chain.anchors.clear();
  EXPECT_FALSE(chain.holds());
  chain = {};
  chain.leaf = certificate(sample::kMail);  // for servers
  EXPECT_FALSE(chain.holds());
  chain.leaf = certificate(sample::kCritical);
  EXPECT_FALSE(chain.holds());
  chain = {};
  chain.usage = ExtendedUsage::TimeStamping;
  EXPECT_FALSE(chain.holds());
  chain.leaf = certificate(sample::kTsa);
  chain.intermediates.clear();
  EXPECT_TRUE(chain.holds());
}

// A certificate of `subject` by `issuer`, who all have the one key; a leaf if it is for no
// authority.
Certificate made(const std::string& subject, const std::string& issuer, EVP_PKEY* key,
                 bool is_authority) {
  const OwnedX509 out(X509_new());
  X509_set_version(out.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(out.get()), 1);
  const auto set_name = [](X509_NAME* name, const std::string& text) {
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(text.data()),
                               static_cast<int>(text.size()), -1, 0);
  };
  set_name(X509_get_subject_name(out.get()), subject);
  set_name(X509_get_issuer_name(out.get()), issuer);
  ASN1_TIME_set(X509_getm_notBefore(out.get()), sample::kLeafBegins);
  ASN1_TIME_set(X509_getm_notAfter(out.get()), sample::kLeafEnds);
  X509_set_pubkey(out.get(), key);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(
      nullptr, nullptr, is_authority ? NID_basic_constraints : NID_ext_key_usage,
      is_authority ? "critical,CA:TRUE" : "codeSigning");
  X509_add_ext(out.get(), extension, -1);
  X509_EXTENSION_free(extension);
  X509_sign(out.get(), key, EVP_sha256());
  Bytes der(static_cast<std::size_t>(i2d_X509(out.get(), nullptr)));
  std::uint8_t* at = der.data();
  i2d_X509(out.get(), &at);
  return Certificate::from_der(der).value();
}

TEST(CertificateChain, HoldsItsLimit) {
  start_openssl();
  const OwnedKey key(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
  Chain chain;
  chain.anchors = {made("0", "0", key.get(), true)};
  chain.intermediates.clear();
  for (std::size_t i = 1; i <= limits::kCertificateChainMax + 1; ++i) {
    chain.leaf = made("leaf", std::to_string(i - 1), key.get(), false);
    EXPECT_TRUE(chain.holds()) << i - 1;
    chain.intermediates.push_back(made(std::to_string(i), std::to_string(i - 1), key.get(), true));
  }
  chain.leaf = made("leaf", std::to_string(limits::kCertificateChainMax + 1), key.get(), false);
  EXPECT_EQ(chain.verify().error().code, Code::Untrusted);
}

// Every bit of the leaf: its signature covers all but itself.
TEST(CertificateChain, RefusesEveryFlippedBit) {
  const Bytes der = certificate(sample::kLeaf).der();
  for (std::size_t bit = 0; bit < der.size() * 8; ++bit) {
    Bytes flipped = der;
    flipped[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
    const auto leaf = Certificate::from_der(flipped);
    if (!leaf) continue;
    Chain chain;
    chain.leaf = *leaf;
    EXPECT_FALSE(chain.holds()) << bit;
  }
}

}  // namespace
}  // namespace tegula::crypto

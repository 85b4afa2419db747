#include "crypto/certificate_issue.h"

#include <gtest/gtest.h>

namespace tegula::crypto {
namespace {

constexpr Validity kYears = {1'767'225'600, 2'840'140'800};  // 2026 to 2060: both forms of time

struct Pair {
  PrivateKey root_key = PrivateKey::generate(KeyType::P256).value();
  PrivateKey key = PrivateKey::generate(KeyType::P256).value();
  DistinguishedName name = {.organization = "example", .common_name = "root"};

  Result<Certificate> root() const {
    return issue_certificate({.subject = name,
                              .validity = kYears,
                              .serial = {1},
                              .is_authority = true,
                              .key_usage = "critical,keyCertSign"},
                             root_key.public_key(), {name, root_key});
  }
  Result<Certificate> leaf(const CertificateContent& content) const {
    return issue_certificate(content, key.public_key(), {name, root_key});
  }
};

TEST(CertificateIssue, MakesARootAndALeafBelowIt) {
  const Pair pair;
  const Certificate root = pair.root().value();
  EXPECT_TRUE(root.is_authority());
  EXPECT_TRUE(root.is_self_issued());
  EXPECT_EQ(root.validity(), kYears);
  const Certificate leaf = pair.leaf({.subject = {.organization = {}, .common_name = "leaf"},
                                      .validity = kYears,
                                      .serial = {0x7F, 0xFF},
                                      .key_usage = "critical,digitalSignature",
                                      .extended_usage = "codeSigning",
                                      .names = "URI:https://a.example",
                                      .extensions = {{"1.3.6.1.4.1.32473.9", {0x05, 0x00}}}})
                               .value();
  EXPECT_FALSE(leaf.is_authority());
  EXPECT_FALSE(leaf.is_self_issued());
  EXPECT_EQ(leaf.public_key().value(), pair.key.public_key());
  EXPECT_EQ(leaf.names()[0].text, "https://a.example");
  EXPECT_EQ(leaf.extension("1.3.6.1.4.1.32473.9"), (Bytes{0x05, 0x00}));
  const auto chain = verify_chain({.leaf = leaf,
                                   .intermediates = {},
                                   .anchors = {&root, 1},
                                   .time_s = kYears.not_before_s,
                                   .usage = ExtendedUsage::CodeSigning});
  EXPECT_TRUE(chain) << chain.error().text;
}

// RFC 5280 §4.2.1.1 and §4.2.1.2: the leaf names its issuer's key as the issuer names itself.
TEST(CertificateIssue, NamesBothKeys) {
  const Pair pair;
  const Bytes own = pair.root()->extension("2.5.29.14").value();
  const Bytes above =
      pair.leaf({.validity = kYears, .serial = {1}})->extension("2.5.29.35").value();
  ASSERT_EQ(own.size(), 22U);
  ASSERT_EQ(above.size(), 24U);
  EXPECT_TRUE(std::equal(own.begin() + 2, own.end(), above.begin() + 4));
}

TEST(CertificateIssue, RefusesWhatNoCertificateHolds) {
  const Pair pair;
  const auto code = [&](const CertificateContent& content) {
    const auto leaf = pair.leaf(content);
    return leaf ? Code::Internal : leaf.error().code;
  };
  const std::string longest(64, 'x');
  CertificateContent content{.subject = {.organization = longest, .common_name = longest},
                             .validity = kYears};
  content.serial = {1};
  EXPECT_TRUE(pair.leaf(content));
  content.subject.common_name += 'x';
  EXPECT_EQ(code(content), Code::InvalidArgument);
  content.subject = {.organization = longest + "x", .common_name = {}};
  EXPECT_EQ(code(content), Code::InvalidArgument);
  EXPECT_EQ(code({.validity = kYears, .serial = {1}, .key_usage = "flying"}),
            Code::InvalidArgument);
  EXPECT_EQ(code({.validity = kYears, .serial = {1}, .extended_usage = "not a usage"}),
            Code::InvalidArgument);
  EXPECT_EQ(code({.validity = kYears, .serial = {1}, .names = "nothing"}), Code::InvalidArgument);
}

TEST(CertificateIssue, IsDoneByOneKindOfKey) {
  const PrivateKey key = PrivateKey::generate(KeyType::Ed25519).value();
  const auto out = issue_certificate({.validity = kYears, .serial = {1}}, key.public_key(),
                                     {.name = {}, .key = key});
  EXPECT_EQ(out.error().code, Code::Unsupported);
}

TEST(CertificateIssue, DrawsPositiveSerialsOfOneLength) {
  SeededRandom random(1);
  for (int i = 0; i < 1000; ++i) {
    const Bytes serial = random_serial(random);
    ASSERT_EQ(serial.size(), 16U);
    ASSERT_EQ(serial[0] & 0xC0, 0x40);
  }
}

}  // namespace
}  // namespace tegula::crypto

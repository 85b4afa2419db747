#include "attest/identity.h"

#include <gtest/gtest.h>

#include "crypto/sample_authority.h"

namespace tegula::attest {
namespace {

constexpr const char* kIssuer = "1.3.6.1.4.1.57264.1.8";
constexpr const char* kOldIssuer = "1.3.6.1.4.1.57264.1.1";

Bytes bytes(std::string_view text) { return {text.begin(), text.end()}; }

Result<Identity> identity(const std::string& names,
                          std::vector<std::pair<std::string, Bytes>> extensions = {}) {
  const auto authority = crypto::SampleAuthority::root("root");
  const auto key = crypto::PrivateKey::generate(crypto::KeyType::P256).value();
  return identity_of(
      authority.issue({.names = names, .extensions = std::move(extensions)}, key.public_key()));
}

TEST(Identity, IsTheOneNameAndItsIssuer) {
  EXPECT_EQ(identity("email:a@example.com").value(), (Identity{"a@example.com", ""}));
  EXPECT_EQ(identity("URI:https://example.com/w@main", {{kIssuer, bytes("\x0C\x03"
                                                                        "new")}})
                .value(),
            (Identity{"https://example.com/w@main", "new"}));
  EXPECT_EQ(identity("otherName:1.3.6.1.4.1.57264.1.7;UTF8:someone").value().name, "someone");
}

TEST(Identity, PrefersTheNewSpellingOfTheIssuer) {
  EXPECT_EQ(identity("email:a@b.c", {{kOldIssuer, bytes("old")}}).value().issuer, "old");
  EXPECT_EQ(identity("email:a@b.c", {{kOldIssuer, bytes("old")},
                                     {kIssuer, bytes("\x0C\x03"
                                                     "new")}})
                .value()
                .issuer,
            "new");
}

TEST(Identity, RefusesNoneSeveralAndOtherKinds) {
  for (const char* names : {"", "email:a@b.c,email:d@e.f", "email:a@b.c,URI:https://b",
                            "DNS:example.com", "otherName:1.2.3.4;UTF8:someone"})
    EXPECT_EQ(identity(names).error().code, Code::Untrusted) << names;
  for (const char* issuer : {"", "new", "\x04\x03new", "\x0C\x04new", "\x0C\x02new"})
    EXPECT_EQ(identity("email:a@b.c", {{kIssuer, bytes(issuer)}}).error().code, Code::Untrusted)
        << issuer;
}

TEST(Identity, IsText) {
  using std::string_view_literals::operator""sv;
  EXPECT_EQ(identity("email:a@b.c", {{kOldIssuer, bytes("\xC3\xA9")}}).value().issuer, "\xC3\xA9");
  for (const std::string_view bad : {"ne\xFF"sv, "\xC3"sv, "n\0w"sv}) {
    EXPECT_EQ(identity("email:a@b.c", {{kOldIssuer, bytes(bad)}}).error().code, Code::Untrusted);
    Bytes der = {0x0C, static_cast<std::uint8_t>(bad.size())};
    const Bytes text = bytes(bad);
    der.insert(der.end(), text.begin(), text.end());
    EXPECT_EQ(identity("email:a@b.c", {{kIssuer, der}}).error().code, Code::Untrusted);
  }
}

// As `openssl pkey -pubin -outform DER | sha256sum` says it.
TEST(KeyDigest, IsOverTheSubjectPublicKeyInfo) {
  const auto key = crypto::PublicKey::from_pem(
      "-----BEGIN PUBLIC KEY-----\n"
      "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n"
      "-----END PUBLIC KEY-----\n");
  ASSERT_TRUE(key) << key.error().text;
  EXPECT_EQ(key_digest(*key),
            "sha256:a1e9156054e04fac899ae9f275132cdc07a5dbc4ea2c2ad3a1ffc6e0d253681f");
}

}  // namespace
}  // namespace tegula::attest

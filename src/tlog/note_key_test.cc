#include "tlog/note_key.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/base64.h"
#include "base/hex.h"
#include "base/limits.h"
#include "tlog/sample_keys.h"

namespace tegula::tlog {
namespace {

// signed-note, "Example"; the other is the key of Tessera's test log.
constexpr std::string_view kVkeys[] = {
    "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
    "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx",
};

TEST(NoteKey, ReadsThePublishedVkeys) {
  for (const std::string_view vkey : kVkeys) {
    const NoteKey key = NoteKey::parse(vkey).value();
    EXPECT_EQ(key.str(), vkey);
    EXPECT_EQ(key.type(), SignatureType::Ed25519);
  }
  EXPECT_EQ(NoteKey::parse(kVkeys[0]).value().name(), "example.com/foo");
  EXPECT_EQ(NoteKey::parse(kVkeys[0]).value().id(), 0x530d903aU);
}

// The log ids in Sigstore's public trusted roots.
TEST(NoteKey, HasTheHashThatSigstoreCallsALogId) {
  struct Case {
    const char *name, *der, *hash;
    SignatureType type;
  };
  const Case cases[] = {
      {"log2025-alpha1.rekor.sigstage.dev",
       "MCowBQYDK2VwAyEAPn+AREHoBaZ7wgS1zBqpxmLSGnyhxXj4lFxSdWVB8o8=",
       "8w1amZ2S5mJIQkQmPxdMuOrL/oJkvFg9MnQXmeOCXck=", SignatureType::Ed25519},
      {"rekor.sigstore.dev",
       "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE2G2Y+"
       "2tabdTV5BcGiBIx0a9fAFwrkBbmLSGtks4L3qX6yYY0zufBnhC8"
       "Ur/iy55GhWP/9A/bY2LhC30M9+RYtw==",
       "wNI9atQGlz+VWfO6LRygH4QUfY/8W4RFwiT5i5WRgB0=", SignatureType::Ecdsa},
  };
  for (const Case& c : cases) {
    const auto key = crypto::PublicKey::from_der(base64_decode(c.der).value()).value();
    const NoteKey note_key = NoteKey::create(c.name, c.type, key).value();
    EXPECT_EQ(base64_encode(note_key.hash()), c.hash);
    EXPECT_EQ(fmt::format("{:08x}", note_key.id()), hex_encode(ByteView(note_key.hash()).first(4)));
    EXPECT_EQ(NoteKey::parse(note_key.str()).value(), note_key);
  }
}

TEST(NoteKey, DiffersByNameAndType) {
  const NoteKey log = sample_key("a", 1).key, other = sample_key("b", 1).key;
  const NoteKey witness = sample_key("a", 1, SignatureType::Cosignature).key;
  EXPECT_EQ(log.key(), witness.key());
  EXPECT_NE(log.id(), other.id());
  EXPECT_NE(log.id(), witness.id());
  EXPECT_NE(log, witness);
  EXPECT_EQ(NoteKey::parse(witness.str()).value(), witness);
}

TEST(NoteKey, TakesNamesWithoutSpacesAndPlus) {
  for (const char* good : {"a", "example.com/log", "sum.golang.org", "é", "名", "a,b", "-"})
    EXPECT_TRUE(is_key_name(good)) << good;
  for (const char* bad : {"", " ", "a b", "a+b", "a\n", "a\t", "\u00A0", "a\u2003", "\u3000",
                          "\u0085", "\xFF", "a\x01"})
    EXPECT_FALSE(is_key_name(bad)) << bad;
}

TEST(NoteKey, RefusesWhatIsNoVkey) {
  const std::pair<std::string, Code> cases[] = {
      {"", Code::InvalidArgument},
      {"example.com/foo", Code::InvalidArgument},
      {"example.com/foo+530d903a", Code::InvalidArgument},
      {"example.com/foo+530d903a+", Code::InvalidArgument},
      {"+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", Code::InvalidArgument},
      {"a b+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", Code::InvalidArgument},
      // another name, id, spelling of the id, key
      {"example.com/bar+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
       Code::InvalidArgument},
      {"example.com/foo+530d903b+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
       Code::InvalidArgument},
      {"example.com/foo+530D903A+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
       Code::InvalidArgument},
      {"example.com/foo+530d903a+AfkyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
       Code::InvalidArgument},
      // a key of 31 bytes, one that is no base64, something behind it
      {"example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U0=",
       Code::InvalidArgument},
      {"example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2",
       Code::InvalidArgument},
      {std::string(kVkeys[0]) + "\n", Code::InvalidArgument},
      {std::string(kVkeys[0]) + "+x", Code::InvalidArgument},
      // ML-DSA-44
      {"example.com/foo+530d903a+BukyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", Code::Unsupported},
  };
  for (const auto& [vkey, code] : cases) {
    const auto key = NoteKey::parse(vkey);
    ASSERT_FALSE(key) << vkey;
    EXPECT_EQ(key.error().code, code) << key.error().text;
  }
}

TEST(NoteKey, WantsTheKindOfKeyThatItsTypeSignsWith) {
  const auto p256 = crypto::PrivateKey::generate(crypto::KeyType::P256).value();
  for (const SignatureType type : {SignatureType::Ed25519, SignatureType::Cosignature})
    EXPECT_FALSE(NoteKey::create("a", type, p256.public_key()));
  EXPECT_TRUE(NoteKey::create("a", SignatureType::Ecdsa, p256.public_key()));
  EXPECT_FALSE(NoteKey::create("a", SignatureType::Ecdsa, sample_key("a", 1).key.key()));
}

TEST(NoteKey, HoldsItsLimits) {
  const crypto::PublicKey key = sample_key("a", 1).key.key();
  const std::string name(limits::kKeyNameBytesMax, 'n');
  const NoteKey longest = NoteKey::create(name, SignatureType::Ed25519, key).value();
  EXPECT_EQ(NoteKey::parse(longest.str()).value(), longest);
  EXPECT_EQ(NoteKey::create(name + "n", SignatureType::Ed25519, key).error().code, Code::Exhausted);
  const std::string vkey(limits::kVkeyBytesMax, 'n');
  EXPECT_EQ(NoteKey::parse(vkey).error().code, Code::InvalidArgument);
  EXPECT_EQ(NoteKey::parse(vkey + "n").error().code, Code::Exhausted);
}

}  // namespace
}  // namespace tegula::tlog

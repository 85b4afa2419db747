#include "crypto/key.h"

#include <algorithm>
#include <utility>

#include <gtest/gtest.h>

#include "base/base64.h"
#include "base/hex.h"
#include "base/limits.h"
#include "crypto/dsse.h"

namespace tegula::crypto {
namespace {

constexpr std::string_view kEd25519Pem =
    "-----BEGIN PUBLIC KEY-----\n"
    "MCowBQYDK2VwAyEAPOmJ6SNcalZ7oqvKhrkfHDfhWuBs7I0I61EWJe9Y11o=\n"
    "-----END PUBLIC KEY-----\n";
constexpr std::string_view kP256Pem =
    "-----BEGIN PUBLIC KEY-----\n"
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEo8MvXKDNYTFFBO6XGpv0vGsKBoNS\n"
    "y/t9aam6LNqYs3yH+eShkVK6ZIYIOb4jgVj/nowYJlNBrjyG5MJc5M20tA==\n"
    "-----END PUBLIC KEY-----\n";
constexpr std::string_view kP256PrivatePem =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg9tTocL41yehMPnXx\n"
    "ZJyvCZRpbdW/kD5yfkosbe9795ihRANCAASjwy9coM1hMUUE7pcam/S8awoGg1LL\n"
    "+31pqbos2pizfIf55KGRUrpkhgg5viOBWP+ejBgmU0GuPIbkwlzkzbS0\n"
    "-----END PRIVATE KEY-----\n";

Ed25519Bytes ed25519_of(std::string_view hex) {
  Ed25519Bytes out;
  std::ranges::copy(hex_decode(hex).value(), out.begin());
  return out;
}

Bytes base64(std::string_view text) { return base64_decode(text).value(); }

// RFC 8032 §7.1, tests 1 to 3.
TEST(PrivateKey, MakesThePublishedEd25519Signatures) {
  struct Case {
    std::string_view seed, key, message, signature;
  };
  const Case cases[] = {
      {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
       "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
       "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf"
       "9"
       "b46bd25bf5f0595bbe24655141438e7a100b"},
      {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
       "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
       "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f"
       "1"
       "1d8c387b2eaeb4302aeeb00d291612bb0c00"},
      {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
       "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
       "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984"
       "d"
       "c6594a7c15e9716ed28dc027beceea1ec40a"},
  };
  for (const Case& c : cases) {
    const PrivateKey key = PrivateKey::ed25519(ed25519_of(c.seed)).value();
    EXPECT_EQ(hex_encode(key.public_key().ed25519_bytes()), c.key);
    const Bytes message = hex_decode(c.message).value();
    const Bytes signature = key.sign(message).value();
    EXPECT_EQ(hex_encode(signature), c.signature);
    EXPECT_TRUE(key.public_key().verify(message, signature));
  }
}

// DSSE protocol.md, "Test Vectors", with r and s as DER.
TEST(PublicKey, VerifiesThePublishedEcdsaSignature) {
  const PublicKey key =
      PublicKey::from_der(
          base64("MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEZ805D3eqNZywjCI19lInBJOp7YMrCrzAH3CV"
                 "TAOQ0jgMeCvVTiaRJaRPRDOv8UMs6U4SvKc6pnrIDOoSYI3fdA=="))
          .value();
  EXPECT_TRUE(
      key.verify(dsse_pae("http://example.com/HelloWorld", bytes_of("hello world")),
                 base64("MEQCIANyarEBrVbCdjtsaqyOSHJ14qeRk6CdxfhZ2fjvPEo7AiBR6rDAajabZKciJTfUiHqJ"
                        "PcIAriEGAHTVeCUjW2JIZA==")));
}

// Made with openssl dgst -sha256 -sign.
TEST(PublicKey, VerifiesRsaSignaturesOfOthers) {
  const PublicKey key =
      PublicKey::from_der(
          base64("MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA0lGkKUB+nmy3tZA41Z0+zq7D2tbaUbhonn"
                 "Wx49xmhHC0S7fqD+yuqEJLdViuz3mOhxPdnNRQettQcpV9OR8MtjWJFz/VbcJirHKEfEeGxWhUARTO"
                 "bU94L2alSo+U5TOyWk1FP8YiW+KSzycMw/AlTyRCkMFnA4LMI9A81B/Hz33Cw4xckROSawas8d/qGb"
                 "Gs5yy0xuxXMiAa91ac5oox/6okm7lUExCNa3WcSuJavS0LbVva2oUH86Dtrx7H+r+/9Sz/vsEjQfJP"
                 "bb/X0rciaTzOjpZQu5cxbMwKvLb8w/3JDJM2/GS2UjTrNPLNC4YIlkn4EiFQncSb64Xk/hPMLwIDAQ"
                 "AB"))
          .value();
  EXPECT_EQ(key.type(), KeyType::Rsa);
  Bytes signature = base64(
      "ND40rzGcSivTd145IL/5Gw06G3lFoHHZcJUP05SzWiPrVXd+vco2HyRAhe2hI5n6O1s0UOAn2T9tSmRivMbTUX"
      "mDZYXAvy/Ua8aBeMtufvD737LiKmnnXm75N/bFOCObifQwVKvA4PbMY/g0CBWoPeH+a6d3a8v0mfhUhtLQ3hw9"
      "Cm11q7K1K4yZhfFPDi92SiwduaIq6fWE1jEOBQj9idmoTAIyvtvY3UwLsno8M3ZLdx0gqmk9hVSbFIqOf/it/K"
      "kcta2q3OGXCl5IyEQopjl7nnB6KBiW3rzAVduiTPvRmjgug74bp8HFnjUM0UXo3R+JDnQnrazQ3LeRE+iDlA==");
  EXPECT_TRUE(key.verify(bytes_of("message"), signature));
  EXPECT_FALSE(key.verify(bytes_of("messages"), signature));
  EXPECT_TRUE(key.verify_digest(sha256(bytes_of("message")), signature));
  signature[100] ^= 1;
  EXPECT_FALSE(key.verify(bytes_of("message"), signature));
  EXPECT_FALSE(key.verify_digest(sha256(bytes_of("message")), signature));
  EXPECT_EQ(PrivateKey::generate(KeyType::Rsa).error().code, Code::Unsupported);
}

// The same key as above, as OpenSSL's -RSAPublicKey_out writes it.
TEST(PublicKey, ReadsRsaKeysInPkcs1) {
  const Bytes spki = base64(
      "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA0lGkKUB+nmy3tZA41Z0+zq7D2tbaUbhonn"
      "Wx49xmhHC0S7fqD+yuqEJLdViuz3mOhxPdnNRQettQcpV9OR8MtjWJFz/VbcJirHKEfEeGxWhUARTO"
      "bU94L2alSo+U5TOyWk1FP8YiW+KSzycMw/AlTyRCkMFnA4LMI9A81B/Hz33Cw4xckROSawas8d/qGb"
      "Gs5yy0xuxXMiAa91ac5oox/6okm7lUExCNa3WcSuJavS0LbVva2oUH86Dtrx7H+r+/9Sz/vsEjQfJP"
      "bb/X0rciaTzOjpZQu5cxbMwKvLb8w/3JDJM2/GS2UjTrNPLNC4YIlkn4EiFQncSb64Xk/hPMLwIDAQ"
      "AB");
  Bytes pkcs1(spki.begin() + 24, spki.end());  // behind algorithm and bit string
  EXPECT_EQ(PublicKey::from_pkcs1_der(pkcs1).value(), PublicKey::from_der(spki).value());
  EXPECT_EQ(PublicKey::from_pkcs1_der(spki).error().code, Code::InvalidArgument);
  for (std::size_t size = 0; size < pkcs1.size(); ++size)
    EXPECT_FALSE(PublicKey::from_pkcs1_der(ByteView(pkcs1).first(size))) << size;
  pkcs1.push_back(0);
  EXPECT_EQ(PublicKey::from_pkcs1_der(pkcs1).error().code, Code::InvalidArgument);
  EXPECT_EQ(PublicKey::from_pkcs1_der(Bytes(limits::kKeyBytesMax + 1)).error().code,
            Code::Exhausted);
}

TEST(PublicKey, VerifiesByADigestWhereThatIsWhatWasSigned) {
  const Hash256 digest = sha256(bytes_of("message")), other = sha256(bytes_of("massage"));
  const PrivateKey key = PrivateKey::generate(KeyType::P256).value();
  Bytes signature = key.sign(bytes_of("message")).value();
  EXPECT_TRUE(key.public_key().verify_digest(digest, signature));
  EXPECT_EQ(key.public_key().verify_digest(other, signature).error().code, Code::Untrusted);
  signature.push_back(0);
  EXPECT_EQ(key.public_key().verify_digest(digest, signature).error().code, Code::Untrusted);
  for (const KeyType type : {KeyType::Ed25519, KeyType::P384}) {
    const PrivateKey whole = PrivateKey::generate(type).value();
    const Bytes by_whole = whole.sign(bytes_of("message")).value();
    EXPECT_EQ(whole.public_key().verify_digest(digest, by_whole).error().code, Code::Unsupported);
  }
}

class KeyTypes : public testing::TestWithParam<KeyType> {};
INSTANTIATE_TEST_SUITE_P(All, KeyTypes,
                         testing::Values(KeyType::Ed25519, KeyType::P256, KeyType::P384),
                         [](const auto& type) {
                           return "Type" + std::to_string(static_cast<int>(type.param));
                         });

TEST_P(KeyTypes, ReadBackWhatTheyPrint) {
  const PrivateKey key = PrivateKey::generate(GetParam()).value();
  const PublicKey& open = key.public_key();
  EXPECT_EQ(open.type(), GetParam());
  EXPECT_EQ(PublicKey::from_der(open.der()).value(), open);
  EXPECT_EQ(PublicKey::from_pem(open.pem()).value(), open);
  const PrivateKey again = PrivateKey::from_pem(key.pem()).value();
  EXPECT_EQ(again.public_key(), open);
  EXPECT_TRUE(open.verify(bytes_of("x"), again.sign(bytes_of("x")).value()));
  EXPECT_NE(PrivateKey::generate(GetParam()).value().public_key(), open);
}

TEST_P(KeyTypes, RefuseEveryOtherMessageKeyAndSignature) {
  const PrivateKey key = PrivateKey::generate(GetParam()).value();
  const PrivateKey other = PrivateKey::generate(GetParam()).value();
  const ByteView message = bytes_of("a tree of size 1");
  const Bytes signature = key.sign(message).value();
  EXPECT_TRUE(key.public_key().verify(message, signature));
  EXPECT_EQ(key.public_key().verify(bytes_of("a tree of size 2"), signature).error().code,
            Code::Untrusted);
  EXPECT_FALSE(key.public_key().verify({}, signature));
  EXPECT_FALSE(other.public_key().verify(message, signature));
  EXPECT_FALSE(key.public_key().verify(message, {}));
  for (std::size_t bit = 0; bit < signature.size() * 8; ++bit) {
    Bytes flipped = signature;
    flipped[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
    EXPECT_FALSE(key.public_key().verify(message, flipped)) << bit;
  }
  for (std::size_t size = 0; size < signature.size(); ++size)
    EXPECT_FALSE(key.public_key().verify(message, ByteView(signature).first(size))) << size;
  Bytes longer = signature;
  longer.push_back(0);
  EXPECT_FALSE(key.public_key().verify(message, longer));
}

TEST_P(KeyTypes, RefuseKeysThatAreCutOrPadded) {
  const Bytes der = PrivateKey::generate(GetParam()).value().public_key().der();
  for (std::size_t size = 0; size < der.size(); ++size)
    EXPECT_FALSE(PublicKey::from_der(ByteView(der).first(size))) << size;
  Bytes longer = der;
  longer.push_back(0);
  EXPECT_EQ(PublicKey::from_der(longer).error().code, Code::InvalidArgument);
}

TEST(PublicKey, ReadsWhatOpensslWrites) {
  EXPECT_EQ(PublicKey::from_pem(kEd25519Pem).value().type(), KeyType::Ed25519);
  EXPECT_EQ(PublicKey::from_pem(kEd25519Pem).value().pem(), kEd25519Pem);
  EXPECT_EQ(PublicKey::from_pem(kP256Pem).value().type(), KeyType::P256);
  EXPECT_EQ(PublicKey::from_pem(kP256Pem).value().pem(), kP256Pem);
  EXPECT_EQ(PrivateKey::from_pem(kP256PrivatePem).value().public_key().pem(), kP256Pem);
  EXPECT_EQ(PrivateKey::from_pem(kP256PrivatePem).value().pem(), kP256PrivatePem);
}

TEST(PublicKey, MakesAnEd25519KeyOfItsRawBytes) {
  const PublicKey key = PublicKey::from_pem(kEd25519Pem).value();
  EXPECT_EQ(PublicKey::ed25519(key.ed25519_bytes()).value(), key);
}

TEST(PublicKey, RefusesOtherKindsAndSpellings) {
  const std::pair<std::string_view, Code> cases[] = {
      // P-521, RSA of 1024 bits, RSA-PSS
      {"MIGbMBAGByqGSM49AgEGBSuBBAAjA4GGAAQAnSZItISctpkPyySp4eOJjJ0lx4EEplXXaG+fYCBB+CcjShEWJ"
       "N2y1Cebp6XNNmlPss9cAEUyBfpgr2Qp/04T+V4BjwNtc4av/YsmXoTrIIVOBRcqI3OlrUNJHHHcEJdIritB6E"
       "pDfMEYmwcy3cu08u97Qck9msrtBJNIAnkN9Lj5vJ0=",
       Code::Unsupported},
      {"MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDNBkWkRi7qQ0ts5x58O9fWCG8spm9UZoVT87tJTbX3kTIEX"
       "26VV6XkjzCGydgEmVdAol0b1vKMO7E8RVWt1PPrUmDqYqFR8v1Htq/gL5WisDEMQK3vdSzOtiUXSNS7vZ4HhU"
       "0/pvu9XiHuQAoBNxCtZDwXDBPe6dB31ouYabectwIDAQAB",
       Code::Unsupported},
      {"MIIBIDALBgkqhkiG9w0BAQoDggEPADCCAQoCggEBAMjSHIWTHTlCyZpoY3LDeFwEqC4LfS40gsgTEuiLSiacg"
       "iDYtyDUhLY/DNK8zHpSPajmy5VzFeRMridxuLMP96/dzquDRUbGaX84PWnXukQ7hB49izauWq3SwcSD57Xy7W"
       "cvdTLEkzsgzZUYwPWTalZ5FPnTSmppx0UpklFbL8aOq4Li2gYkB1+8GZ8TznqeNLtd85tFtIkylRl8UswSZT0"
       "sYahNVClU4JQqN1h0+aKaLSdrm7Ht9l30V0cAoERVlGtEC9hKwHdi0NKiM40TbT6joWcXdd5mEhtzKWmeP9uf"
       "1L5USv8JWqQtoEfcVusaFIDovOZ2RWnOhl/UYebKoHcCAwEAAQ==",
       Code::Unsupported},
      // P-256 with its parameters spelled out
      {"MIIBSzCCAQMGByqGSM49AgEwgfcCAQEwLAYHKoZIzj0BAQIhAP////8AAAABAAAAAAAAAAAAAAAA///////////////"
       "/"
       "MFsEIP////8AAAABAAAAAAAAAAAAAAAA///////////////"
       "8BCBaxjXYqjqT57PrvVV2mIa8ZR0GsMxTsPY7zjw+J9Jg"
       "SwMVAMSdNgiG5wSTamZ44ROdJreBn36QBEEEaxfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpZP40Li/hp/"
       "m47n"
       "60p8D54WK84zV2sxXs7LtkBoN79R9QIhAP////8AAAAA//////////"
       "+85vqtpxeehPO5ysL8YyVRAgEBA0IABKPDL1yg"
       "zWExRQTulxqb9LxrCgaDUsv7fWmpuizamLN8h/nkoZFSumSGCDm+I4FY/56MGCZTQa48huTCXOTNtLQ=",
       Code::InvalidArgument},
      // P-256 with a compressed point: a second spelling of the key
      {"MDkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDIgACo8MvXKDNYTFFBO6XGpv0vGsKBoNSy/t9aam6LNqYs3w=",
       Code::InvalidArgument},
      // P-256 with a hybrid point: a third spelling
      {"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAGo8MvXKDNYTFFBO6XGpv0vGsKBoNSy/"
       "t9aam6LNqYs3yH+eShkVK6ZIYI"
       "Ob4jgVj/nowYJlNBrjyG5MJc5M20tA==",
       Code::InvalidArgument},
      // the last bit of y flipped: no point of the curve
      {"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEo8MvXKDNYTFFBO6XGpv0vGsKBoNSy/"
       "t9aam6LNqYs3yH+eShkVK6ZIYI"
       "Ob4jgVj/nowYJlNBrjyG5MJc5M20tQ==",
       Code::InvalidArgument},
      // Ed25519 with a key of 31 bytes
      {"MCkwBQYDK2VwAyAAPOmJ6SNcalZ7oqvKhrkfHDfhWuBs7I0I61EWJe9Y1w==", Code::InvalidArgument},
      {"", Code::InvalidArgument},
  };
  for (const auto& [der, code] : cases) {
    const auto key = PublicKey::from_der(base64(der));
    ASSERT_FALSE(key) << der;
    EXPECT_EQ(key.error().code, code) << key.error().text;
  }
}

TEST(PublicKey, HoldsItsLimit) {
  const Bytes der(limits::kKeyBytesMax);
  EXPECT_EQ(PublicKey::from_der(der).error().code, Code::InvalidArgument);
  const Bytes longer(limits::kKeyBytesMax + 1);
  EXPECT_EQ(PublicKey::from_der(longer).error().code, Code::Exhausted);
  const std::string text(limits::kKeyBytesMax, ' ');
  EXPECT_EQ(PublicKey::from_pem(text).error().code, Code::InvalidArgument);
  EXPECT_EQ(PublicKey::from_pem(text + " ").error().code, Code::Exhausted);
  EXPECT_EQ(PrivateKey::from_pem(text).error().code, Code::InvalidArgument);
  EXPECT_EQ(PrivateKey::from_pem(text + " ").error().code, Code::Exhausted);
}

TEST(PrivateKey, RefusesWhatIsNoneAndNeverAsksForAPassword) {
  const std::string encrypted =
      "-----BEGIN PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n-----END PRIVATE KEY-----\n";
  for (const std::string_view text :
       {std::string_view(""), kP256Pem, std::string_view(encrypted),
        std::string_view("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")}) {
    const auto key = PrivateKey::from_pem(text);
    ASSERT_FALSE(key);
    EXPECT_EQ(key.error().code, Code::InvalidArgument);
  }
}

}  // namespace
}  // namespace tegula::crypto

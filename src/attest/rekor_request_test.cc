#include "attest/rekor_request.h"

#include <gtest/gtest.h>

#include "base/base64.h"
#include "codec/json.h"

namespace tegula::attest {
namespace {

TEST(RekorRequest, NamesDigestSignatureAndKey) {
  const auto key = crypto::PrivateKey::generate(crypto::KeyType::P256).value();
  const Bytes signature = key.sign(bytes_of("hello")).value();
  const std::string text = encode(RekorRequest{.digest = crypto::sha256(bytes_of("hello")),
                                               .signature = signature,
                                               .key = key.public_key()})
                               .value();
  const codec::Json json = codec::parse_json(text).value();
  const codec::Json& request = json.at("hashedRekordRequestV002");
  EXPECT_EQ(request.at("digest"), base64_encode(crypto::sha256(bytes_of("hello"))));
  EXPECT_EQ(request.at("/signature/content"_json_pointer), base64_encode(signature));
  EXPECT_EQ(request.at("/signature/verifier/keyDetails"_json_pointer), "PKIX_ECDSA_P256_SHA_256");
  EXPECT_EQ(request.at("/signature/verifier/publicKey/rawBytes"_json_pointer),
            base64_encode(key.public_key().der()));
}

TEST(RekorRequest, IsOfP256Alone) {
  for (const auto type : {crypto::KeyType::Ed25519, crypto::KeyType::P384}) {
    const auto key = crypto::PrivateKey::generate(type).value();
    EXPECT_EQ(encode(RekorRequest{.signature = {}, .key = key.public_key()}).error().code,
              Code::Unsupported);
  }
}

}  // namespace
}  // namespace tegula::attest

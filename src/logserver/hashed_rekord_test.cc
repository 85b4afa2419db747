#include "logserver/hashed_rekord.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/base64.h"
#include "base/limits.h"
#include "codec/json.h"
#include "crypto/key.h"

namespace tegula::logserver {
namespace {

class HashedRekordTest : public ::testing::Test {
 protected:
  codec::Json request() const {
    return {{"hashedRekordRequestV002",
             {{"digest", base64_encode(digest_)},
              {"signature",
               {{"content", base64_encode(signature_)},
                {"verifier",
                 {{"publicKey", {{"rawBytes", base64_encode(key_.public_key().der())}}},
                  {"keyDetails", "PKIX_ECDSA_P256_SHA_256"}}}}}}}};
  }
  static Code refusal(const codec::Json& json) {
    const auto parsed = parse_rekor_request(json.dump());
    return parsed ? Code::Internal : parsed.error().code;
  }

  crypto::PrivateKey key_ = crypto::PrivateKey::generate(crypto::KeyType::P256).value();
  crypto::Hash256 digest_ = crypto::sha256(bytes_of("artifact"));
  Bytes signature_ = key_.sign(bytes_of("artifact")).value();
};

TEST_F(HashedRekordTest, BecomesTheCanonicalEntry) {
  const auto parsed = parse_rekor_request(request().dump());
  ASSERT_TRUE(parsed) << parsed.error().text;
  EXPECT_EQ(parsed->digest, digest_);
  EXPECT_EQ(entry_of(*parsed),
            "{\"apiVersion\":\"0.0.2\",\"kind\":\"hashedrekord\",\"spec\":{\"hashedRekordV002\":{"
            "\"data\":{\"algorithm\":\"SHA2_256\",\"digest\":\"" +
                base64_encode(digest_) + "\"},\"signature\":{\"content\":\"" +
                base64_encode(signature_) +
                "\",\"verifier\":{\"keyDetails\":\"PKIX_ECDSA_P256_SHA_256\",\"publicKey\":{"
                "\"rawBytes\":\"" +
                base64_encode(key_.public_key().der()) + "\"}}}}}}");
}

TEST_F(HashedRekordTest, IsTakenInBothSpellings) {
  codec::Json json = request(), snake;
  codec::Json inner = json["hashedRekordRequestV002"];
  codec::Json verifier = inner["signature"]["verifier"];
  inner["signature"]["verifier"] = {
      {"public_key", {{"raw_bytes", verifier["publicKey"]["rawBytes"]}}},
      {"key_details", verifier["keyDetails"]}};
  snake["hashed_rekord_request_v002"] = inner;
  EXPECT_EQ(parse_rekor_request(snake.dump()).value(), parse_rekor_request(json.dump()).value());
}

TEST_F(HashedRekordTest, IsRefusedIfItDoesNotHold) {
  EXPECT_EQ(refusal(codec::Json::array()), Code::InvalidArgument);
  EXPECT_EQ(refusal({{"dsseRequestV002", {}}}), Code::InvalidArgument);
  const auto changed = [this](const char* pointer, const codec::Json& value) {
    codec::Json json = request();
    json[codec::Json::json_pointer(std::string("/hashedRekordRequestV002") + pointer)] = value;
    return refusal(json);
  };
  const std::string other = base64_encode(crypto::sha256(bytes_of("other")));
  EXPECT_EQ(changed("/digest", other), Code::Untrusted);
  EXPECT_EQ(changed("/digest", "AAAA"), Code::InvalidArgument);
  EXPECT_EQ(changed("/digest", 7), Code::InvalidArgument);
  EXPECT_EQ(changed("/extra", 7), Code::InvalidArgument);
  EXPECT_EQ(changed("/signature/content", "!"), Code::InvalidArgument);
  EXPECT_EQ(changed("/signature/content", ""), Code::InvalidArgument);
  EXPECT_EQ(changed("/signature/content", base64_encode(bytes_of("no"))), Code::Untrusted);
  EXPECT_EQ(changed("/signature/verifier/keyDetails", "PKIX_ED25519"), Code::Unsupported);
  EXPECT_EQ(changed("/signature/verifier/x509Certificate", {{"rawBytes", "AAAA"}}),
            Code::InvalidArgument);
  EXPECT_EQ(changed("/signature/verifier/publicKey/rawBytes", "AAAA"), Code::InvalidArgument);
  const auto ed25519 = crypto::PrivateKey::generate(crypto::KeyType::Ed25519).value();
  EXPECT_EQ(
      changed("/signature/verifier/publicKey/rawBytes", base64_encode(ed25519.public_key().der())),
      Code::Unsupported);
  codec::Json twice = request();
  twice["hashed_rekord_request_v002"] = twice["hashedRekordRequestV002"];
  EXPECT_EQ(refusal(twice), Code::InvalidArgument);
}

TEST_F(HashedRekordTest, HasALimit) {
  std::string json = request().dump();
  json.resize(limits::kRekorRequestBytesMax, ' ');
  EXPECT_TRUE(parse_rekor_request(json));
  json += ' ';
  EXPECT_EQ(parse_rekor_request(json).error().code, Code::Exhausted);
}

}  // namespace
}  // namespace tegula::logserver

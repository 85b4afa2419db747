#include "attest/envelope.h"

#include <gtest/gtest.h>

#include "base/limits.h"
#include "crypto/key.h"

namespace tegula::attest {
namespace {

using codec::Json;

const Json kJson = {{"payload", "aGVsbG8gd29ybGQ="},
                    {"payloadType", "http://example.com/HelloWorld"},
                    {"signatures", {{{"sig", "AQID"}, {"keyid", "k"}}}}};

// DSSE protocol.md, "Test Vectors".
TEST(Envelope, SignsThePublishedBytes) {
  const Envelope envelope = parse_envelope(kJson).value();
  EXPECT_EQ(text_of(envelope.payload), "hello world");
  EXPECT_EQ(envelope.signatures, (std::vector<EnvelopeSignature>{{"k", {1, 2, 3}}}));
  EXPECT_EQ(text_of(signed_bytes(envelope)),
            "DSSEv1 29 http://example.com/HelloWorld 11 hello world");
  EXPECT_EQ(encode(envelope), kJson);
}

TEST(Envelope, HoldsForItsKeyPayloadAndType) {
  const auto key = crypto::PrivateKey::generate(crypto::KeyType::P256).value();
  const auto other = crypto::PrivateKey::generate(crypto::KeyType::P256).value();
  const Envelope good = sign_envelope("text/x", {1, 2, 3}, key).value();
  EXPECT_TRUE(verify_envelope(good, key.public_key()));
  EXPECT_EQ(parse_envelope(encode(good)).value(), good);
  EXPECT_EQ(verify_envelope(good, other.public_key()).error().code, Code::Untrusted);
  Envelope bad = good;
  bad.payload[0] ^= 1;
  EXPECT_FALSE(verify_envelope(bad, key.public_key()));
  bad = good;
  bad.payload_type = "text/y";
  EXPECT_FALSE(verify_envelope(bad, key.public_key()));
}

TEST(Envelope, IsSignedByOneOfItsSigners) {
  const auto key = crypto::PrivateKey::generate(crypto::KeyType::Ed25519).value();
  Envelope envelope = sign_envelope("text/x", {}, key).value();
  envelope.signatures.insert(envelope.signatures.begin(), {.key_id = "other", .bytes = {1}});
  EXPECT_TRUE(verify_envelope(envelope, key.public_key()));
}

TEST(Envelope, RefusesWhatIsNone) {
  const auto with = [](const char* name, const Json& value) {
    Json json = kJson;
    json[name] = value;
    return json;
  };
  const Json bad[] = {
      Json::object(),
      Json::array(),
      with("more", 1),
      with("payload", 1),
      with("payload", "aGVsbG8gd29ybGQ"),
      with("payloadType", ""),
      with("payloadType", nullptr),
      with("signatures", Json::array()),
      with("signatures", nullptr),
      with("signatures", Json::object()),
      with("signatures", {1}),
      with("signatures", {{{"keyid", "k"}}}),
      with("signatures", {{{"sig", ""}}}),
      with("signatures", {{{"sig", "A"}}}),
      with("signatures", {{{"sig", "AQID"}, {"cert", "x"}}}),
  };
  for (const Json& json : bad) {
    const auto envelope = parse_envelope(json);
    ASSERT_FALSE(envelope) << json;
    EXPECT_EQ(envelope.error().code, Code::Corrupt) << json;
  }
}

TEST(Envelope, HoldsItsLimit) {
  Json json = kJson;
  while (json["signatures"].size() < limits::kEnvelopeSignaturesMax)
    json["signatures"].push_back(kJson["signatures"][0]);
  EXPECT_TRUE(parse_envelope(json));
  json["signatures"].push_back(kJson["signatures"][0]);
  EXPECT_EQ(parse_envelope(json).error().code, Code::Exhausted);
}

}  // namespace
}  // namespace tegula::attest

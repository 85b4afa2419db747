#include "attest/bundle_signing.h"

#include <gtest/gtest.h>

#include "base/base64.h"

namespace tegula::attest {
namespace {

Statement sample_statement() {
  return {.subjects = {{.name = "model", .digest = {{"sha256", std::string(64, 'a')}}}},
          .predicate_type = "https://example.com/type",
          .predicate = {{"answer", 42}}};
}

// Notes what it is asked.
class FakeServices final : public SigningServices {
 public:
  Result<std::vector<Bytes>> stamp(ByteView signature) override {
    asked += "stamp ";
    stamped = Bytes(signature.begin(), signature.end());
    if (fails_to_stamp) return fail(Code::Unavailable, "no stamp");
    return std::vector<Bytes>{Bytes{1, 2}};
  }

  Result<std::vector<LogEntry>> log(const RekorRequest& request) override {
    asked += "log ";
    digest = request.digest;
    logged = Bytes(request.signature.begin(), request.signature.end());
    if (fails_to_log) return fail(Code::Unavailable, "no log");
    return std::vector<LogEntry>{{.log_index = 7, .kind = "hashedrekord"}};
  }

  std::string asked;
  Bytes stamped, logged;
  crypto::Hash256 digest{};
  bool fails_to_stamp = false, fails_to_log = false;
};

class BundleSigningTest : public ::testing::Test {
 protected:
  const crypto::PrivateKey key_ = crypto::PrivateKey::generate(crypto::KeyType::P256).value();
  FakeServices services_;
};

TEST_F(BundleSigningTest, SignsThenStampsThenLogs) {
  const Bundle bundle = sign_statement(sample_statement(), key_, services_).value();
  EXPECT_EQ(services_.asked, "stamp log ");
  const auto& envelope = std::get<Envelope>(bundle.content);
  EXPECT_TRUE(verify_envelope(envelope, key_.public_key()));
  EXPECT_EQ(parse_statement(text_of(envelope.payload)).value(), sample_statement());
  EXPECT_EQ(std::get<KeyHint>(bundle.key).hint,
            base64_encode(crypto::sha256(key_.public_key().der())));
  EXPECT_EQ(services_.stamped, envelope.signatures[0].bytes);
  EXPECT_EQ(services_.logged, envelope.signatures[0].bytes);
  EXPECT_EQ(services_.digest, crypto::sha256(signed_bytes(envelope)));
  EXPECT_EQ(bundle.timestamps, std::vector<Bytes>{(Bytes{1, 2})});
  ASSERT_EQ(bundle.entries.size(), 1U);
  EXPECT_EQ(bundle.entries[0].log_index, 7U);
}

TEST_F(BundleSigningTest, GivesWhatTheServicesSay) {
  services_.fails_to_log = true;
  EXPECT_EQ(sign_statement(sample_statement(), key_, services_).error().text, "no log");
  services_.fails_to_stamp = true;
  EXPECT_EQ(sign_statement(sample_statement(), key_, services_).error().text, "no stamp");
  EXPECT_EQ(services_.asked, "stamp log stamp ");
}

}  // namespace
}  // namespace tegula::attest

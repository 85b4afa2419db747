// What a log says of itself, and what a verifier and a signer read in it.
#include "logserver/trust_files.h"

#include <gtest/gtest.h>

#include "attest/signing_config.h"
#include "attest/trusted_root.h"
#include "crypto/timestamp.h"
#include "crypto/timestamp_query.h"
#include "logserver/timestamp_files.h"
#include "tlog/sample_keys.h"

namespace tegula {
namespace {

class TrustFilesTest : public ::testing::Test {
 protected:
  logserver::PublicLog log(const crypto::TimestampAuthority* authority) const {
    return {.config = config_, .key = key_.key, .since = clock_.now(), .authority = authority};
  }

  const logserver::LogConfig config_{
      .kind = logserver::LogKind::Rekor, .origin = "log.example", .url = "http://127.0.0.1:3000"};
  const tlog::SampleKey key_ = tlog::sample_key("log.example", 1);
  const ManualClock clock_;
  SeededRandom random_{1};
  const crypto::TimestampAuthority authority_ =
      logserver::make_timestamp_authority("log.example", clock_.now(), random_).value();
};

TEST_F(TrustFilesTest, AreReadByAVerifier) {
  const auto root = attest::parse_trusted_root(trusted_root_json(log(&authority_)));
  ASSERT_TRUE(root) << root.error().text;
  ASSERT_EQ(root->timestamp_authorities.size(), 1U);
  const attest::TrustedAuthority& authority = root->timestamp_authorities[0];
  EXPECT_EQ(authority.chain, authority_.chain());
  EXPECT_EQ(authority.validity, authority_.validity());
  EXPECT_EQ(authority.uri, "http://127.0.0.1:3000/api/v1/timestamp");
  EXPECT_EQ(name_of(authority), "timestamp authority");
  ASSERT_EQ(root->logs.size(), 1U);
  EXPECT_EQ(root->logs[0].key, key_.key.key());
}

TEST_F(TrustFilesTest, AreReadByASigner) {
  const auto config = attest::parse_signing_config(signing_config_json(log(&authority_)));
  ASSERT_TRUE(config) << config.error().text;
  ASSERT_EQ(config->timestamp_authorities.size(), 1U);
  const attest::Service& service = config->timestamp_authorities[0];
  EXPECT_EQ(service.url, "http://127.0.0.1:3000/api/v1/timestamp");
  EXPECT_EQ(service.api_version, 1U);
  EXPECT_EQ(service.run_by, "log.example");
  EXPECT_TRUE(service.validity.contains(1'700'000'000));
  EXPECT_EQ(config->timestamp_choice.selector, attest::ServiceChoice::Selector::Any);
}

TEST_F(TrustFilesTest, NameNoAuthorityWhereThereIsNone) {
  const auto root = attest::parse_trusted_root(trusted_root_json(log(nullptr)));
  const auto config = attest::parse_signing_config(signing_config_json(log(nullptr)));
  ASSERT_TRUE(root && config);
  EXPECT_TRUE(root->timestamp_authorities.empty());
  EXPECT_TRUE(config->timestamp_authorities.empty());
}

// The way of a stamp: from the authority's key to the anchor that was given out.
TEST_F(TrustFilesTest, LeadToTheSignerOfAStamp) {
  const auto root = attest::parse_trusted_root(trusted_root_json(log(&authority_))).value();
  const auto& chain = root.timestamp_authorities[0].chain;
  const Bytes query = crypto::timestamp_query(crypto::sha256(bytes_of("m")), 1);
  const auto answer = authority_.answer(query, 1'700'000'000, random_).value();
  EXPECT_EQ(crypto::verify_timestamp({.response = answer.response,
                                      .message = bytes_of("m"),
                                      .certificates = {},
                                      .anchors = {&chain.back(), 1},
                                      .signer = &chain.front()})
                .value(),
            1'700'000'000);
}

}  // namespace
}  // namespace tegula

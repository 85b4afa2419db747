#include "logserver/trust_files.h"

#include <gtest/gtest.h>

#include "base/base64.h"
#include "codec/json.h"
#include "tlog/sample_keys.h"

namespace tegula::logserver {
namespace {

const LogConfig kConfig{.kind = LogKind::Rekor, .origin = "log.example", .url = {}};
const WallTime kSince{std::chrono::seconds(1'700'000'000)};

TEST(TrustFiles, NameTheLogAsSigstoreLooksForIt) {
  const auto key = tlog::sample_key("log.example", 1);
  const auto root = codec::parse_json(trusted_root_json({kConfig, key.key, kSince})).value();
  EXPECT_EQ(root["mediaType"], "application/vnd.dev.sigstore.trustedroot+json;version=0.1");
  const codec::Json& log = root["tlogs"][0];
  EXPECT_EQ(log["baseUrl"], "https://log.example");
  EXPECT_EQ(log["publicKey"]["rawBytes"], base64_encode(key.key.key().der()));
  EXPECT_EQ(log["publicKey"]["validFor"]["start"], "2023-11-14T22:13:20Z");
  // SHA-256 of name, line feed, type and key, untruncated; its beginning is the key's id.
  EXPECT_EQ(log["logId"]["keyId"], base64_encode(key.key.hash()));
}

TEST(TrustFiles, SayWhereToSign) {
  const auto key = tlog::sample_key("log.example", 1);
  LogConfig config = kConfig;
  config.url = "http://127.0.0.1:3000";
  const auto json = codec::parse_json(signing_config_json({config, key.key, kSince})).value();
  EXPECT_EQ(json["mediaType"], "application/vnd.dev.sigstore.signingconfig.v0.2+json");
  EXPECT_EQ(json["rekorTlogUrls"][0]["url"], "http://127.0.0.1:3000");
  EXPECT_EQ(json["rekorTlogUrls"][0]["majorApiVersion"], 2);
  EXPECT_EQ(json["rekorTlogConfig"]["selector"], "ANY");
  EXPECT_EQ(json["tsaUrls"].size(), 0U);
}

TEST(TrustFiles, NameTheTimestampAuthority) {
  const auto key = tlog::sample_key("log.example", 1);
  SeededRandom random(1);
  const crypto::Validity validity = {1'700'000'000, 1'800'000'000};
  const auto authority =
      crypto::TimestampAuthority::create("log.example", validity, random).value();
  LogConfig config = kConfig;
  config.url = "http://127.0.0.1:3000/";
  const PublicLog log{config, key.key, kSince, &authority};
  const auto root = codec::parse_json(trusted_root_json(log)).value();
  ASSERT_EQ(root["timestampAuthorities"].size(), 1U);
  const codec::Json& one = root["timestampAuthorities"][0];
  EXPECT_EQ(one["uri"], "http://127.0.0.1:3000/api/v1/timestamp");
  EXPECT_EQ(one["subject"]["organization"], "log.example");
  ASSERT_EQ(one["certChain"]["certificates"].size(), 2U);
  for (std::size_t i = 0; i < 2; ++i)
    EXPECT_EQ(one["certChain"]["certificates"][i]["rawBytes"],
              base64_encode(authority.chain()[i].der()));
  EXPECT_EQ(one["validFor"]["start"], "2023-11-14T22:13:20Z");
  EXPECT_EQ(one["validFor"]["end"], "2027-01-15T08:00:00Z");
  const auto signing = codec::parse_json(signing_config_json(log)).value();
  ASSERT_EQ(signing["tsaUrls"].size(), 1U);
  EXPECT_EQ(signing["tsaUrls"][0]["url"], "http://127.0.0.1:3000/api/v1/timestamp");
  EXPECT_EQ(signing["tsaUrls"][0]["majorApiVersion"], 1);
  EXPECT_EQ(signing["tsaConfig"]["selector"], "ANY");
}

}  // namespace
}  // namespace tegula::logserver

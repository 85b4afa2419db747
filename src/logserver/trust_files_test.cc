#include "logserver/trust_files.h"

#include <gtest/gtest.h>

#include "base/base64.h"
#include "base/limits.h"
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

// What somebody has added by hand, in any order, is theirs.
constexpr const char* kEditedRoot = R"({"mediaType": "m", "x": 1, "a": {"z": 1, "b": 2},
  "timestampAuthorities": [
    {"uri": "https://other.example/stamp", "certChain": 1,
     "validFor": {"start": "2020-01-01T00:00:00Z"}},
    {"uri": "https://log.example/api/v1/timestamp", "certChain": 1,
     "validFor": {"start": "2020-01-01T00:00:00Z", "end": "2021-01-01T00:00:00Z"}},
    {"uri": "https://log.example/api/v1/timestamp", "certChain": 2,
     "validFor": {"start": "2020-01-01T00:00:00Z", "end": "2031-01-01T00:00:00Z"}},
    {"uri": "https://log.example/api/v1/timestamp", "certChain": 3,
     "validFor": {"start": "2030-01-01T00:00:00Z"}}]})";

crypto::TimestampAuthority sample_authority() {
  SeededRandom random(1);
  return crypto::TimestampAuthority::create("log.example", {1'700'000'000, 1'800'000'000}, random)
      .value();
}

TEST(TrustFiles, AreEditedWhereTheyMust) {
  const auto key = tlog::sample_key("log.example", 1);
  const crypto::TimestampAuthority authority = sample_authority();
  const PublicLog log{kConfig, key.key, kSince, &authority};
  const std::string added = add_authority(kEditedRoot, log).value();
  const std::string ended = end_other_authorities(added, log).value();
  EXPECT_LT(ended.find("\"x\""), ended.find("\"a\""));
  EXPECT_LT(ended.find("\"z\""), ended.find("\"b\""));
  codec::Json want = codec::parse_json(kEditedRoot).value();
  codec::Json& list = want["timestampAuthorities"];
  list[2]["validFor"]["end"] = "2023-11-14T22:13:20Z";
  list[3]["validFor"]["end"] = "2030-01-01T00:00:00Z";  // never before it starts
  list.push_back(codec::parse_json(trusted_root_json(log)).value()["timestampAuthorities"][0]);
  EXPECT_EQ(codec::parse_json(ended).value(), want);
  EXPECT_EQ(end_other_authorities(ended, log).value(), ended);
}

TEST(TrustFiles, NameAServiceOnce) {
  const auto key = tlog::sample_key("log.example", 1);
  const PublicLog log{kConfig, key.key, kSince};
  const std::string added = add_timestamp_service(signing_config_json(log), log).value();
  EXPECT_EQ(codec::parse_json(added).value()["tsaUrls"].size(), 1U);
  EXPECT_EQ(add_timestamp_service(added, log).value(), added);
}

TEST(TrustFiles, AreRefusedIfTheyAreSomethingElse) {
  const auto key = tlog::sample_key("log.example", 1);
  const crypto::TimestampAuthority authority = sample_authority();
  const PublicLog log{kConfig, key.key, kSince, &authority};
  const std::string ours = "{\"uri\": \"https://log.example/api/v1/timestamp\"}";
  std::string many = ours;
  for (std::size_t i = 1; i < limits::kTrustedRootItemsMax; ++i) many += "," + ours;
  const std::pair<std::string, Code> cases[] = {
      {"", Code::InvalidArgument},
      {"[]", Code::Corrupt},
      {R"({"timestampAuthorities": {}})", Code::Corrupt},
      {R"({"timestampAuthorities": [1]})", Code::Corrupt},
      {R"({"timestampAuthorities": [)" + many + "]}", Code::Exhausted},
      {std::string(limits::kTrustedRootBytesMax + 1, ' '), Code::Exhausted},
  };
  for (const auto& [text, code] : cases)
    EXPECT_EQ(add_authority(text, log).error().code, code) << text.substr(0, 80);
  EXPECT_EQ(end_other_authorities(R"({"timestampAuthorities": [)" + ours + "]}", log).error().code,
            Code::Corrupt);
}

}  // namespace
}  // namespace tegula::logserver

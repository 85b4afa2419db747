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
  const auto root = codec::parse_json(trusted_root_json(kConfig, key.key, kSince)).value();
  EXPECT_EQ(root["mediaType"], "application/vnd.dev.sigstore.trustedroot+json;version=0.1");
  const codec::Json& log = root["tlogs"][0];
  EXPECT_EQ(log["baseUrl"], "https://log.example");
  EXPECT_EQ(log["publicKey"]["rawBytes"], base64_encode(key.key.key().der()));
  EXPECT_EQ(log["publicKey"]["validFor"]["start"], "2023-11-14T22:13:20Z");
  // SHA-256 of name, line feed, type and key, untruncated; its beginning is the key's id.
  EXPECT_EQ(log["logId"]["keyId"], base64_encode(key.key.hash()));
}

TEST(TrustFiles, SayWhereToSign) {
  LogConfig config = kConfig;
  config.url = "http://127.0.0.1:3000";
  const auto json = codec::parse_json(signing_config_json(config, kSince)).value();
  EXPECT_EQ(json["mediaType"], "application/vnd.dev.sigstore.signingconfig.v0.2+json");
  EXPECT_EQ(json["rekorTlogUrls"][0]["url"], "http://127.0.0.1:3000");
  EXPECT_EQ(json["rekorTlogUrls"][0]["majorApiVersion"], 2);
  EXPECT_EQ(json["rekorTlogConfig"]["selector"], "ANY");
}

}  // namespace
}  // namespace tegula::logserver

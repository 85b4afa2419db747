#include "logserver/trust_files.h"

#include "base/base64.h"
#include "codec/json.h"

namespace tegula::logserver {
namespace {

using codec::OrderedJson;

// The spelling that all of cosign, sigstore-go and sigstore-js take.
constexpr const char* kTrustedRoot = "application/vnd.dev.sigstore.trustedroot+json;version=0.1";
constexpr const char* kSigningConfig = "application/vnd.dev.sigstore.signingconfig.v0.2+json";
constexpr int kRekorVersion = 2;

}  // namespace

std::string base_url(const LogConfig& config) {
  return config.url.empty() ? "https://" + config.origin : config.url;
}

std::string trusted_root_json(const LogConfig& config, const tlog::NoteKey& key, WallTime since) {
  const OrderedJson log = {
      {"baseUrl", base_url(config)},
      {"hashAlgorithm", "SHA2_256"},
      {"publicKey",
       {{"rawBytes", base64_encode(key.key().der())},
        {"keyDetails", "PKIX_ED25519"},
        {"validFor", {{"start", rfc3339(since)}}}}},
      {"logId", {{"keyId", base64_encode(key.hash())}}},
  };
  const OrderedJson json = {{"mediaType", kTrustedRoot},
                            {"tlogs", OrderedJson::array({log})},
                            {"certificateAuthorities", OrderedJson::array()},
                            {"ctlogs", OrderedJson::array()},
                            {"timestampAuthorities", OrderedJson::array()}};
  return json.dump(2) + "\n";
}

std::string signing_config_json(const LogConfig& config, WallTime since) {
  const OrderedJson log = {{"url", base_url(config)},
                           {"majorApiVersion", kRekorVersion},
                           {"validFor", {{"start", rfc3339(since)}}},
                           {"operator", config.origin}};
  const OrderedJson json = {{"mediaType", kSigningConfig},
                            {"caUrls", OrderedJson::array()},
                            {"oidcUrls", OrderedJson::array()},
                            {"rekorTlogUrls", OrderedJson::array({log})},
                            {"rekorTlogConfig", {{"selector", "ANY"}}},
                            {"tsaUrls", OrderedJson::array()},
                            {"tsaConfig", {{"selector", "ANY"}}}};
  return json.dump(2) + "\n";
}

}  // namespace tegula::logserver

#include "logserver/trust_files.h"

#include "base/base64.h"
#include "codec/json.h"
#include "logserver/timestamp_http.h"

namespace tegula::logserver {
namespace {

using codec::OrderedJson;

// The spelling that all of cosign, sigstore-go and sigstore-js take.
constexpr const char* kTrustedRoot = "application/vnd.dev.sigstore.trustedroot+json;version=0.1";
constexpr const char* kSigningConfig = "application/vnd.dev.sigstore.signingconfig.v0.2+json";
constexpr int kRekorVersion = 2;
constexpr int kTimestampVersion = 1;

std::string time_text(std::int64_t time_s) {
  return rfc3339(WallTime(std::chrono::seconds(time_s)));
}

OrderedJson authority_json(const PublicLog& log) {
  OrderedJson certificates = OrderedJson::array();
  for (const crypto::Certificate& one : log.authority->chain())
    certificates.push_back({{"rawBytes", base64_encode(one.der())}});
  const crypto::Validity validity = log.authority->validity();
  return {
      {"subject", {{"organization", log.config.origin}, {"commonName", "timestamp authority"}}},
      {"uri", timestamp_url(log.config)},
      {"certChain", {{"certificates", certificates}}},
      {"validFor",
       {{"start", time_text(validity.not_before_s)}, {"end", time_text(validity.not_after_s)}}}};
}

OrderedJson service_json(const PublicLog& log, const std::string& url, int version) {
  return {{"url", url},
          {"majorApiVersion", version},
          {"validFor", {{"start", rfc3339(log.since)}}},
          {"operator", log.config.origin}};
}

}  // namespace

std::string base_url(const LogConfig& config) {
  return config.url.empty() ? "https://" + config.origin : config.url;
}

std::string timestamp_url(const LogConfig& config) {
  std::string base = base_url(config);
  while (base.ends_with('/')) base.pop_back();
  return base + std::string(kTimestampPath);
}

std::string trusted_root_json(const PublicLog& log) {
  const OrderedJson entry = {
      {"baseUrl", base_url(log.config)},
      {"hashAlgorithm", "SHA2_256"},
      {"publicKey",
       {{"rawBytes", base64_encode(log.key.key().der())},
        {"keyDetails", "PKIX_ED25519"},
        {"validFor", {{"start", rfc3339(log.since)}}}}},
      {"logId", {{"keyId", base64_encode(log.key.hash())}}},
  };
  OrderedJson authorities = OrderedJson::array();
  if (log.authority != nullptr) authorities.push_back(authority_json(log));
  const OrderedJson json = {{"mediaType", kTrustedRoot},
                            {"tlogs", OrderedJson::array({entry})},
                            {"certificateAuthorities", OrderedJson::array()},
                            {"ctlogs", OrderedJson::array()},
                            {"timestampAuthorities", authorities}};
  return json.dump(2) + "\n";
}

std::string signing_config_json(const PublicLog& log) {
  OrderedJson authorities = OrderedJson::array();
  if (log.authority != nullptr)
    authorities.push_back(service_json(log, timestamp_url(log.config), kTimestampVersion));
  const OrderedJson entry = service_json(log, base_url(log.config), kRekorVersion);
  const OrderedJson json = {{"mediaType", kSigningConfig},
                            {"caUrls", OrderedJson::array()},
                            {"oidcUrls", OrderedJson::array()},
                            {"rekorTlogUrls", OrderedJson::array({entry})},
                            {"rekorTlogConfig", {{"selector", "ANY"}}},
                            {"tsaUrls", authorities},
                            {"tsaConfig", {{"selector", "ANY"}}}};
  return json.dump(2) + "\n";
}

}  // namespace tegula::logserver

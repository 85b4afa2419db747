#include "logserver/trust_files.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/base64.h"
#include "base/limits.h"
#include "codec/json.h"
#include "logserver/timestamp_http.h"

namespace tegula::logserver {
namespace {

using codec::OrderedJson;

// The spelling that all of cosign, sigstore-go and sigstore-js take.
constexpr const char* kTrustedRoot = "application/vnd.dev.sigstore.trustedroot+json;version=0.1";
constexpr const char* kSigningConfig = "application/vnd.dev.sigstore.signingconfig.v0.2+json";
constexpr const char* kAuthorities = "timestampAuthorities";  // of a trusted root
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

// --- editing ---

// The strict reader sorts members; they are to stay in the order that somebody gave them.
Result<OrderedJson> parse_file(std::string_view text, std::uint64_t bytes_max) {
  const codec::Json checked =
      TRY(codec::parse_json(text, {.bytes_max = bytes_max, .depth_max = limits::kBundleDepthMax}));
  if (!checked.is_object()) return fail(Code::Corrupt, "expected an object");
  return OrderedJson::parse(text);
}

std::string file_text(const OrderedJson& file) { return file.dump(2) + "\n"; }

// A list of objects that may be missing.
Result<OrderedJson*> list_member(OrderedJson& file, const char* name) {
  OrderedJson& out = file[name];
  if (out.is_null()) out = OrderedJson::array();
  const auto is_object = [](const OrderedJson& one) { return one.is_object(); };
  if (out.is_array() && std::ranges::all_of(out, is_object)) return &out;
  return fail(Code::Corrupt, fmt::format("\"{}\" is no list of objects", name));
}

Result<void> append(OrderedJson& list, std::size_t items_max, OrderedJson one) {
  if (list.size() >= items_max)
    return fail(Code::Exhausted, fmt::format("there are {} authorities already", list.size()),
                "take out those that nobody has stamps of any more");
  list.push_back(std::move(one));
  return {};
}

std::string text_member(const OrderedJson& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

// Times of RFC 3339 in UTC have the order of their texts. One that is over stays so, and none ends
// before it starts, whatever the clock did.
Result<void> end_at(OrderedJson& authority, const std::string& time) {
  OrderedJson& range = authority["validFor"];
  if (!range.is_object()) return fail(Code::Corrupt, "an authority without \"validFor\"");
  const std::string end = std::max(time, text_member(range, "start"));
  const std::string before = text_member(range, "end");
  if (before.empty() || end < before) range["end"] = end;
  return {};
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
                            {kAuthorities, authorities}};
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

Result<std::string> add_authority(std::string_view trusted_root, const PublicLog& log) {
  OrderedJson file = TRY(parse_file(trusted_root, limits::kTrustedRootBytesMax));
  OrderedJson* list = TRY(list_member(file, kAuthorities));
  TRY(append(*list, limits::kTrustedRootItemsMax, authority_json(log)));
  return file_text(file);
}

Result<std::string> end_other_authorities(std::string_view trusted_root, const PublicLog& log) {
  OrderedJson file = TRY(parse_file(trusted_root, limits::kTrustedRootBytesMax));
  const OrderedJson ours = authority_json(log);
  for (OrderedJson& one : *TRY(list_member(file, kAuthorities)))
    if (text_member(one, "uri") == ours["uri"] && one["certChain"] != ours["certChain"])
      TRY(end_at(one, rfc3339(log.since)));
  return file_text(file);
}

Result<std::string> add_timestamp_service(std::string_view signing_config, const PublicLog& log) {
  OrderedJson file = TRY(parse_file(signing_config, limits::kSigningConfigBytesMax));
  OrderedJson* list = TRY(list_member(file, "tsaUrls"));
  const std::string url = timestamp_url(log.config);
  const auto is_it = [&](const OrderedJson& one) { return text_member(one, "url") == url; };
  if (std::ranges::any_of(*list, is_it)) return std::string(signing_config);
  TRY(append(*list, limits::kSigningConfigServicesMax, service_json(log, url, kTimestampVersion)));
  return file_text(file);
}

}  // namespace tegula::logserver

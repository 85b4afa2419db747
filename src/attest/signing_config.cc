#include "attest/signing_config.h"

#include <algorithm>

#include <fmt/format.h>

#include "attest/proto_object.h"
#include "attest/service_url.h"
#include "attest/valid_for.h"
#include "base/limits.h"
#include "base/printable.h"

namespace tegula::attest {
namespace {

using codec::Json;
using Selector = ServiceChoice::Selector;

constexpr std::string_view kMediaType = "application/vnd.dev.sigstore.signingconfig.v0.2+json";

std::string_view text_of(Selector selector) {
  switch (selector) {
    case Selector::All: return "ALL";
    case Selector::Any: return "ANY";
    case Selector::Exact: return "EXACT";
  }
  return "";
}

Result<Service> parse_service(const Json& json) {
  const ProtoObject object =
      TRY(ProtoObject::of(json, {"url", "majorApiVersion", "validFor", "operator"}));
  Service out;
  out.url = TRY(object.text("url"));
  TRY(check_service_url(out.url));
  out.api_version = TRY(object.number("majorApiVersion"));
  out.validity = TRY(parse_valid_for(object));
  out.run_by = TRY(object.text("operator"));
  if (out.api_version == 0) return fail(Code::Corrupt, "a service without \"majorApiVersion\"");
  return out;
}

Result<std::vector<Service>> parse_services(const ProtoObject& config, std::string_view name) {
  std::vector<Service> out;
  for (const Json* one : TRY(config.list(name, limits::kSigningConfigServicesMax)))
    out.push_back(TRY(parse_service(*one), fmt::format("{} {}", name, out.size() + 1)));
  return out;
}

Result<Selector> parse_selector(const std::string& text) {
  for (const Selector selector : {Selector::All, Selector::Any, Selector::Exact})
    if (text == text_of(selector)) return selector;
  return fail(Code::Corrupt, fmt::format("\"selector\" is \"{}\"", printable(text)),
              "ALL, ANY or EXACT");
}

Result<ServiceChoice> parse_choice(const ProtoObject& config, std::string_view name) {
  const Json* found = config.find(name);
  if (found == nullptr) return ServiceChoice();
  const ProtoObject object = TRY(ProtoObject::of(*found, {"selector", "count"}), name);
  ServiceChoice out;
  out.selector = TRY(parse_selector(TRY(object.text("selector"), name)), name);
  out.count = TRY(object.number("count"), name);
  if ((out.selector == Selector::Exact) != (out.count > 0))
    return fail(Code::Corrupt, fmt::format("{}: \"count\" goes with EXACT", name));
  return out;
}

Result<SigningConfig> parse_members(const Json& json) {
  const ProtoObject object =
      TRY(ProtoObject::of(json, {"mediaType", "caUrls", "oidcUrls", "rekorTlogUrls",
                                 "rekorTlogConfig", "tsaUrls", "tsaConfig"}));
  if (const std::string type = TRY(object.text("mediaType")); type != kMediaType)
    return fail(Code::Unsupported, fmt::format("\"{}\" can't be read here", printable(type)),
                fmt::format("expected {}", kMediaType));
  SigningConfig out;
  out.certificate_authorities = TRY(parse_services(object, "caUrls"));
  out.identity_providers = TRY(parse_services(object, "oidcUrls"));
  out.logs = TRY(parse_services(object, "rekorTlogUrls"));
  out.timestamp_authorities = TRY(parse_services(object, "tsaUrls"));
  out.log_choice = TRY(parse_choice(object, "rekorTlogConfig"));
  out.timestamp_choice = TRY(parse_choice(object, "tsaConfig"));
  return out;
}

// --- writing ---

Json services_json(const std::vector<Service>& services) {
  Json out = Json::array();
  for (const Service& service : services) {
    Json one = {{"url", service.url},
                {"majorApiVersion", service.api_version},
                {"validFor", valid_for_json(service.validity)}};
    if (!service.run_by.empty()) one["operator"] = service.run_by;
    out.push_back(std::move(one));
  }
  return out;
}

Json choice_json(const ServiceChoice& choice) {
  Json out = {{"selector", text_of(choice.selector)}};
  if (choice.selector == Selector::Exact) out["count"] = choice.count;
  return out;
}

std::size_t wanted(const ServiceChoice& choice, std::size_t there) {
  switch (choice.selector) {
    case Selector::All: return there;
    case Selector::Any: return 1;
    case Selector::Exact: return choice.count;
  }
  return 0;
}

}  // namespace

Result<std::vector<Service>> choose_services(const std::vector<Service>& services,
                                             const ServiceChoice& choice, std::uint64_t api_version,
                                             std::int64_t time_s) {
  std::vector<Service> out;
  for (const Service& one : services) {
    if (one.api_version != api_version || !one.validity.contains(time_s)) continue;
    const bool is_known =
        !one.run_by.empty() && std::ranges::find(out, one.run_by, &Service::run_by) != out.end();
    if (!is_known) out.push_back(one);
  }
  const std::size_t count = wanted(choice, out.size());
  if (out.empty() || out.size() < count)
    return fail(Code::NotFound, fmt::format("{} services of {} wanted ones can be asked now",
                                            out.size(), std::max<std::size_t>(count, 1)));
  out.resize(count);
  return out;
}

Result<SigningConfig> parse_signing_config(std::string_view text) {
  const Json json = TRY(codec::parse_json(text, {.bytes_max = limits::kSigningConfigBytesMax,
                                                 .depth_max = limits::kBundleDepthMax}),
                        "signing configuration");
  return TRY(parse_members(json), "signing configuration");
}

Result<std::string> encode(const SigningConfig& config) {
  return codec::canonical_json({{"mediaType", kMediaType},
                                {"caUrls", services_json(config.certificate_authorities)},
                                {"oidcUrls", services_json(config.identity_providers)},
                                {"rekorTlogUrls", services_json(config.logs)},
                                {"tsaUrls", services_json(config.timestamp_authorities)},
                                {"rekorTlogConfig", choice_json(config.log_choice)},
                                {"tsaConfig", choice_json(config.timestamp_choice)}});
}

}  // namespace tegula::attest

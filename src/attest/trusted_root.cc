#include "attest/trusted_root.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "attest/proto_object.h"
#include "attest/service_url.h"
#include "attest/valid_for.h"
#include "base/base64.h"
#include "base/limits.h"
#include "base/printable.h"

namespace tegula::attest {
namespace {

using codec::Json;
using crypto::KeyType;
using crypto::PublicKey;

constexpr std::string_view kMediaType = "application/vnd.dev.sigstore.trustedroot+json;version=0.1";

std::unexpected<Error> no_root(std::string why) { return fail(Code::Corrupt, std::move(why)); }

Result<void> check_media_type(const std::string& media_type) {
  for (const std::string_view known :
       {kMediaType, std::string_view("application/vnd.dev.sigstore.trustedroot.v0.1+json"),
        std::string_view("application/vnd.dev.sigstore.trustedroot.v0.2+json")})
    if (media_type == known) return {};
  return fail(Code::Unsupported,
              fmt::format("\"{}\" is no trusted root that can be read here", printable(media_type)),
              fmt::format("such as {}", kMediaType));
}

// How Sigstore writes down the kinds of keys that we check. The first of a kind is ours.
struct KeyDetails {
  std::string_view name;
  KeyType type;
  bool is_pkcs1 = false;
};
constexpr KeyDetails kKeyDetails[] = {
    {"PKIX_ECDSA_P256_SHA_256", KeyType::P256},
    {"PKIX_ECDSA_P384_SHA_384", KeyType::P384},
    {"PKIX_ED25519", KeyType::Ed25519},
    {"PKIX_RSA_PKCS1V15_2048_SHA256", KeyType::Rsa},
    {"PKIX_RSA_PKCS1V15_3072_SHA256", KeyType::Rsa},
    {"PKIX_RSA_PKCS1V15_4096_SHA256", KeyType::Rsa},
    {"PKIX_RSA_PKCS1V5", KeyType::Rsa},
    {"PKCS1_RSA_PKCS1V5", KeyType::Rsa, true},
};

// Nothing for other kinds: a root may list keys that only newer verifiers know.
Result<std::optional<PublicKey>> parse_key(const std::string& details, const Bytes& der) {
  const auto known = std::ranges::find(kKeyDetails, details, &KeyDetails::name);
  if (known == std::end(kKeyDetails)) return std::nullopt;
  const auto key = known->is_pkcs1 ? PublicKey::from_pkcs1_der(der) : PublicKey::from_der(der);
  if (!key) return no_root(fmt::format("\"rawBytes\": {}", key.error().text));
  if (key->type() != known->type)
    return no_root(fmt::format("the key is {}, not {}", name_of(key->type()), details));
  return *key;
}

Result<void> parse_public_key(const Json& json, TrustedLog& out) {
  const ProtoObject object = TRY(ProtoObject::of(json, {"rawBytes", "keyDetails", "validFor"}));
  const Bytes der = TRY(object.bytes("rawBytes"));
  const std::string details = TRY(object.text("keyDetails"));
  if (der.empty() || details.empty()) return no_root("a key without bytes or details");
  out.key = TRY(parse_key(details, der));
  out.validity = TRY(parse_valid_for(object));
  return {};
}

Result<Bytes> parse_log_id(const ProtoObject& log) {
  const Json* found = log.find("logId");
  if (found == nullptr) return no_root("there is no \"logId\"");
  const ProtoObject object = TRY(ProtoObject::of(*found, {"keyId"}), "logId");
  Bytes out = TRY(object.bytes("keyId"), "logId");
  if (out.size() != sizeof(crypto::Hash256)) return no_root("\"keyId\" is not 32 bytes");
  return out;
}

Result<TrustedLog> parse_log(const Json& json) {
  const ProtoObject object = TRY(ProtoObject::of(
      json, {"baseUrl", "hashAlgorithm", "publicKey", "logId", "checkpointKeyId", "operator"}));
  TrustedLog out;
  out.base_url = TRY(object.text("baseUrl"));
  TRY(check_service_url(out.base_url));
  out.id = TRY(parse_log_id(object));
  const Json* key = object.find("publicKey");
  if (key == nullptr) return no_root("there is no \"publicKey\"");
  TRY(parse_public_key(*key, out), "publicKey");
  if (const std::string hash = TRY(object.text("hashAlgorithm")); hash != "SHA2_256")
    return no_root(fmt::format("its tree is over \"{}\", not SHA2_256", printable(hash)));
  return out;
}

Result<std::vector<crypto::Certificate>> parse_chain(const Json& json) {
  const ProtoObject object = TRY(ProtoObject::of(json, {"certificates"}));
  std::vector<crypto::Certificate> out;
  for (const Json* one : TRY(object.list("certificates", limits::kCertificateChainMax))) {
    const ProtoObject certificate = TRY(ProtoObject::of(*one, {"rawBytes"}));
    const auto parsed = crypto::Certificate::from_der(TRY(certificate.bytes("rawBytes")));
    if (!parsed) return no_root(parsed.error().text);
    out.push_back(*parsed);
  }
  if (out.empty()) return no_root("the chain is empty");
  return out;
}

Result<TrustedAuthority> parse_authority(const Json& json) {
  const ProtoObject object =
      TRY(ProtoObject::of(json, {"subject", "uri", "certChain", "validFor", "operator"}));
  TrustedAuthority out;
  if (const Json* found = object.find("subject")) {
    const ProtoObject subject = TRY(ProtoObject::of(*found, {"organization", "commonName"}));
    out.organization = TRY(subject.text("organization"));
    out.common_name = TRY(subject.text("commonName"));
  }
  out.uri = TRY(object.text("uri"));
  const Json* chain = object.find("certChain");
  if (chain == nullptr) return no_root("there is no \"certChain\"");
  out.chain = TRY(parse_chain(*chain), "certChain");
  out.validity = TRY(parse_valid_for(object));
  return out;
}

template <class T>
Result<std::vector<T>> parse_list(const ProtoObject& root, std::string_view name,
                                  Result<T> (*parse)(const Json&)) {
  std::vector<T> out;
  for (const Json* one : TRY(root.list(name, limits::kTrustedRootItemsMax)))
    out.push_back(TRY(parse(*one), fmt::format("{} {}", name, out.size() + 1)));
  return out;
}

Result<TrustedRoot> parse_members(const Json& json) {
  const ProtoObject object = TRY(ProtoObject::of(
      json, {"mediaType", "tlogs", "certificateAuthorities", "ctlogs", "timestampAuthorities"}));
  TRY(check_media_type(TRY(object.text("mediaType"))));
  TrustedRoot out;
  out.logs = TRY(parse_list<TrustedLog>(object, "tlogs", parse_log));
  out.certificate_authorities =
      TRY(parse_list<TrustedAuthority>(object, "certificateAuthorities", parse_authority));
  out.certificate_logs = TRY(parse_list<TrustedLog>(object, "ctlogs", parse_log));
  out.timestamp_authorities =
      TRY(parse_list<TrustedAuthority>(object, "timestampAuthorities", parse_authority));
  return out;
}

// --- writing ---

std::string_view details_of(KeyType type) {
  return std::ranges::find(kKeyDetails, type, &KeyDetails::type)->name;
}

Json log_json(const TrustedLog& log) {
  return {{"baseUrl", log.base_url},
          {"hashAlgorithm", "SHA2_256"},
          {"publicKey",
           {{"rawBytes", base64_encode(log.key->der())},
            {"keyDetails", details_of(log.key->type())},
            {"validFor", valid_for_json(log.validity)}}},
          {"logId", {{"keyId", base64_encode(log.id)}}}};
}

Json authority_json(const TrustedAuthority& authority) {
  Json certificates = Json::array();
  for (const crypto::Certificate& one : authority.chain)
    certificates.push_back({{"rawBytes", base64_encode(one.der())}});
  return {{"subject",
           {{"organization", authority.organization}, {"commonName", authority.common_name}}},
          {"uri", authority.uri},
          {"certChain", {{"certificates", std::move(certificates)}}},
          {"validFor", valid_for_json(authority.validity)}};
}

template <class T>
Json list_json(const std::vector<T>& items, Json (*json_of)(const T&)) {
  Json out = Json::array();
  for (const T& one : items) out.push_back(json_of(one));
  return out;
}

bool has_key(const TrustedLog& log) { return log.key.has_value(); }

}  // namespace

Result<TrustedRoot> parse_trusted_root(std::string_view text) {
  const Json json = TRY(codec::parse_json(text, {.bytes_max = limits::kTrustedRootBytesMax,
                                                 .depth_max = limits::kBundleDepthMax}),
                        "trusted root");
  return TRY(parse_members(json), "trusted root");
}

Result<std::string> encode(const TrustedRoot& root) {
  if (!std::ranges::all_of(root.logs, has_key) ||
      !std::ranges::all_of(root.certificate_logs, has_key))
    return fail(Code::InvalidArgument, "a log whose key can't be checked here isn't written");
  return codec::canonical_json(
      {{"mediaType", kMediaType},
       {"tlogs", list_json(root.logs, log_json)},
       {"certificateAuthorities", list_json(root.certificate_authorities, authority_json)},
       {"ctlogs", list_json(root.certificate_logs, log_json)},
       {"timestampAuthorities", list_json(root.timestamp_authorities, authority_json)}});
}

std::string authority_of(const TrustedLog& log) { return url_authority(log.base_url); }

std::string host_of(const TrustedLog& log) { return url_host(log.base_url); }

std::string name_of(const TrustedAuthority& authority) {
  for (const std::string* name : {&authority.common_name, &authority.organization, &authority.uri})
    if (!name->empty()) return *name;
  return "an authority without a name";
}

}  // namespace tegula::attest

#include "logserver/hashed_rekord.h"

#include <algorithm>
#include <initializer_list>

#include <fmt/format.h>

#include "base/base64.h"
#include "base/limits.h"
#include "base/printable.h"
#include "codec/json.h"
#include "crypto/certificate.h"

namespace tegula::logserver {
namespace {

using codec::Json;

constexpr std::string_view kKeyDetails = "PKIX_ECDSA_P256_SHA_256";
constexpr std::size_t kDepthMax = 8;

// ProtoJSON takes a name in both spellings.
struct Name {
  std::string_view camel, snake;
};
constexpr Name kRequest{"hashedRekordRequestV002", "hashed_rekord_request_v002"};
constexpr Name kDigest{"digest", "digest"};
constexpr Name kSignature{"signature", "signature"};
constexpr Name kContent{"content", "content"};
constexpr Name kVerifier{"verifier", "verifier"};
constexpr Name kCertificate{"x509Certificate", "x509_certificate"};
constexpr Name kPublicKey{"publicKey", "public_key"};
constexpr Name kRawBytes{"rawBytes", "raw_bytes"};
constexpr Name kDetails{"keyDetails", "key_details"};
constexpr Name kSpec{"spec", "spec"};
constexpr Name kRekord{"hashedRekordV002", "hashedRekordV002"};
constexpr Name kData{"data", "data"};

std::unexpected<Error> malformed(std::string_view what) {
  return fail(Code::InvalidArgument, fmt::format("the hashedrekord {}", what));
}

// Nothing but these members, each at most once.
Result<void> check_members(const Json& object, std::initializer_list<Name> names) {
  if (!object.is_object()) return malformed("has something else where an object is expected");
  for (const auto& [key, value] : object.items()) {
    const auto is_it = [&](const Name& name) { return key == name.camel || key == name.snake; };
    if (std::ranges::none_of(names, is_it))
      return malformed(fmt::format("has an unknown member \"{}\"", printable(key)));
  }
  for (const Name& name : names)
    if (name.camel != name.snake && object.contains(name.camel) && object.contains(name.snake))
      return malformed(fmt::format("has \"{}\" twice", name.camel));
  return {};
}

const Json* find(const Json& object, const Name& name) {
  for (const std::string_view key : {name.camel, name.snake})
    if (const auto at = object.find(key); at != object.end()) return &*at;
  return nullptr;
}

Result<const Json*> object_in(const Json& object, const Name& name) {
  const Json* out = find(object, name);
  if (out == nullptr || !out->is_object())
    return malformed(fmt::format("has no \"{}\"", name.camel));
  return out;
}

Result<Bytes> bytes_in(const Json& object, const Name& name) {
  const Json* value = find(object, name);
  if (value == nullptr || !value->is_string())
    return malformed(fmt::format("has no \"{}\"", name.camel));
  auto bytes = base64_decode(value->get_ref<const std::string&>());
  if (!bytes || bytes->empty())
    return malformed(fmt::format("has a \"{}\" that is not base64", name.camel));
  return bytes;
}

Result<void> read_verifier(const Json& verifier, HashedRekord& out) {
  TRY(check_members(verifier, {kCertificate, kPublicKey, kDetails}));
  const Json* certificate = find(verifier, kCertificate);
  const Json* key = find(verifier, kPublicKey);
  if ((certificate == nullptr) == (key == nullptr))
    return malformed("needs either a certificate or a public key");
  out.is_certificate = certificate != nullptr;
  const Json& raw = out.is_certificate ? *certificate : *key;
  TRY(check_members(raw, {kRawBytes}));
  out.verifier = TRY(bytes_in(raw, kRawBytes));
  const Json* details = find(verifier, kDetails);
  if (details != nullptr && *details == kKeyDetails) return {};
  return fail(Code::Unsupported, "the hashedrekord has a kind of key that isn't taken",
              fmt::format("sign with ECDSA on P-256 and SHA-256 ({})", kKeyDetails));
}

Result<void> read_digest(const Json& object, HashedRekord& out) {
  const Bytes digest = TRY(bytes_in(object, kDigest));
  if (digest.size() != out.digest.size())
    return malformed(
        fmt::format("has a digest of {} bytes, not {}", digest.size(), out.digest.size()));
  std::ranges::copy(digest, out.digest.begin());
  return {};
}

Result<void> read_signature(const Json& signature, HashedRekord& out) {
  TRY(check_members(signature, {kContent, kVerifier}));
  out.signature = TRY(bytes_in(signature, kContent));
  return read_verifier(*TRY(object_in(signature, kVerifier)), out);
}

Result<HashedRekord> read(const Json& json) {
  TRY(check_members(json, {kRequest}));
  const Json* request = TRY(object_in(json, kRequest));
  TRY(check_members(*request, {kDigest, kSignature}));
  HashedRekord out;
  TRY(read_digest(*request, out));
  TRY(read_signature(*TRY(object_in(*request, kSignature)), out));
  return out;
}

// What parse_rekord_entry compares with the entry, so only what that says has to be read.
Result<HashedRekord> read_entry(const Json& json) {
  const Json* spec = TRY(object_in(json, kSpec));
  const Json* rekord = TRY(object_in(*spec, kRekord));
  HashedRekord out;
  TRY(read_digest(*TRY(object_in(*rekord, kData)), out));
  TRY(read_signature(*TRY(object_in(*rekord, kSignature)), out));
  return out;
}

Result<crypto::PublicKey> key_of(const HashedRekord& rekord) {
  if (!rekord.is_certificate) return crypto::PublicKey::from_der(rekord.verifier);
  return TRY(crypto::Certificate::from_der(rekord.verifier)).public_key();
}

}  // namespace

Result<HashedRekord> parse_rekor_request(std::string_view json) {
  const Json value = TRY(codec::parse_json(
      json, {.bytes_max = limits::kRekorRequestBytesMax, .depth_max = kDepthMax}));
  HashedRekord out = TRY(read(value));
  const crypto::PublicKey key = TRY(key_of(out), "the verifier");
  if (key.type() != crypto::KeyType::P256)
    return fail(Code::Unsupported, "the verifier's key isn't the kind that it says");
  TRY(key.verify_digest(out.digest, out.signature));
  return out;
}

Result<HashedRekord> parse_rekord_entry(std::string_view entry) {
  const Json json = TRY(
      codec::parse_json(entry, {.bytes_max = limits::kLogEntryBytesMax, .depth_max = kDepthMax}));
  if (!json.is_object()) return malformed("is no object");
  HashedRekord out = TRY(read_entry(json));
  if (entry_of(out) == entry) return out;
  return fail(Code::InvalidArgument, "the entry is no hashedrekord 0.0.2 in canonical JSON");
}

std::string entry_of(const HashedRekord& rekord) {
  const Json verifier = {
      {"keyDetails", kKeyDetails},
      {rekord.is_certificate ? kCertificate.camel : kPublicKey.camel,
       {{"rawBytes", base64_encode(rekord.verifier)}}},
  };
  const Json json = {
      {"apiVersion", kRekordVersion},
      {"kind", kRekordKind},
      {"spec",
       {{"hashedRekordV002",
         {{"data", {{"algorithm", "SHA2_256"}, {"digest", base64_encode(rekord.digest)}}},
          {"signature", {{"content", base64_encode(rekord.signature)}, {"verifier", verifier}}}}}}},
  };
  return codec::canonical_json(json).value();  // ASCII text alone
}

}  // namespace tegula::logserver

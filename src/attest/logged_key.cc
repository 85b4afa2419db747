#include "attest/logged_key.h"

#include "base/base64.h"
#include "base/limits.h"
#include "codec/json.h"

namespace tegula::attest {
namespace {

std::optional<crypto::PublicKey> key_of(const LogEntry& entry) {
  if (entry.kind != "hashedrekord" || entry.version != "0.0.2") return std::nullopt;
  const auto body = codec::parse_json(text_of(entry.body), {.bytes_max = limits::kBundleBytesMax,
                                                            .depth_max = limits::kBundleDepthMax});
  if (!body) return std::nullopt;
  const codec::Json::json_pointer place(
      "/spec/hashedRekordV002/signature/verifier/publicKey/rawBytes");
  if (!body->contains(place) || !body->at(place).is_string()) return std::nullopt;
  const auto der = base64_decode(body->at(place).get_ref<const std::string&>());
  if (!der) return std::nullopt;
  auto key = crypto::PublicKey::from_der(*der);
  return key ? std::optional(std::move(*key)) : std::nullopt;
}

}  // namespace

std::optional<crypto::PublicKey> logged_key(const Bundle& bundle) {
  for (const LogEntry& entry : bundle.entries)
    if (auto key = key_of(entry)) return key;
  return std::nullopt;
}

}  // namespace tegula::attest

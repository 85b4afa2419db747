#include "attest/envelope.h"

#include <algorithm>
#include <utility>

#include "attest/proto_object.h"
#include "base/base64.h"
#include "base/limits.h"
#include "crypto/dsse.h"

namespace tegula::attest {
namespace {

using codec::Json;

Result<EnvelopeSignature> parse_signature(const Json& json) {
  const ProtoObject object = TRY(ProtoObject::of(json, {"keyid", "sig"}));
  EnvelopeSignature out{.key_id = {}, .bytes = {}};
  out.key_id = TRY(object.text("keyid"));
  out.bytes = TRY(object.bytes("sig"));
  if (out.bytes.empty()) return fail(Code::Corrupt, "a signature without bytes");
  return out;
}

}  // namespace

Result<Envelope> parse_envelope(const Json& json) {
  const ProtoObject object = TRY(ProtoObject::of(json, {"payload", "payloadType", "signatures"}));
  Envelope out;
  out.payload_type = TRY(object.text("payloadType"));
  out.payload = TRY(object.bytes("payload"));
  for (const Json* one : TRY(object.list("signatures", limits::kEnvelopeSignaturesMax)))
    out.signatures.push_back(TRY(parse_signature(*one), "signature"));
  if (out.payload_type.empty()) return fail(Code::Corrupt, "an envelope without a payload type");
  if (out.signatures.empty()) return fail(Code::Corrupt, "an envelope without signatures");
  return out;
}

Json encode(const Envelope& envelope) {
  Json signatures = Json::array();
  for (const EnvelopeSignature& signature : envelope.signatures) {
    Json one = {{"sig", base64_encode(signature.bytes)}};
    if (!signature.key_id.empty()) one["keyid"] = signature.key_id;
    signatures.push_back(std::move(one));
  }
  return {{"payload", base64_encode(envelope.payload)},
          {"payloadType", envelope.payload_type},
          {"signatures", std::move(signatures)}};
}

Bytes signed_bytes(const Envelope& envelope) {
  return crypto::dsse_pae(envelope.payload_type, envelope.payload);
}

Result<Envelope> sign_envelope(std::string payload_type, Bytes payload,
                               const crypto::Signer& signer) {
  Envelope out{
      .payload_type = std::move(payload_type), .payload = std::move(payload), .signatures = {}};
  Bytes signature = TRY(signer.sign(signed_bytes(out)));
  out.signatures.push_back({.key_id = {}, .bytes = std::move(signature)});
  return out;
}

Result<void> verify_envelope(const Envelope& envelope, const crypto::Verifier& key) {
  const Bytes message = signed_bytes(envelope);
  const auto holds = [&](const EnvelopeSignature& one) {
    return key.verify(message, one.bytes).has_value();
  };
  if (std::ranges::any_of(envelope.signatures, holds)) return {};
  return fail(Code::Untrusted, "the envelope is not signed by this key");
}

}  // namespace tegula::attest

// DSSE envelopes: a payload of a type, and signatures of both together (Dead Simple Signing
// Envelope 1.0; docs/reference/bundle.md#envelopes).
//
// Thread rule: values. Errors: Corrupt for what is no envelope, Exhausted past a limit, Untrusted
// for a signature that doesn't hold.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "codec/json.h"
#include "crypto/signer.h"

namespace tegula::attest {

inline constexpr std::string_view kInTotoPayloadType = "application/vnd.in-toto+json";

struct EnvelopeSignature {
  std::string key_id;  // a hint that nobody vouches for; may be empty
  Bytes bytes;

  bool operator==(const EnvelopeSignature&) const = default;
};

struct Envelope {
  std::string payload_type;
  Bytes payload;                              // worth nothing before verify_envelope
  std::vector<EnvelopeSignature> signatures;  // at least one

  bool operator==(const Envelope&) const = default;
};

Result<Envelope> parse_envelope(const codec::Json& json);
codec::Json encode(const Envelope& envelope);

// What each signature signs.
Bytes signed_bytes(const Envelope& envelope);

Result<Envelope> sign_envelope(std::string payload_type, Bytes payload,
                               const crypto::Signer& signer);

// One of the signatures is by this key.
Result<void> verify_envelope(const Envelope& envelope, const crypto::Verifier& key);

}  // namespace tegula::attest

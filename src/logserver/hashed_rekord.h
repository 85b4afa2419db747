// The one kind of entry of a Rekor log: hashedrekord 0.0.2, somebody's signature over the digest of
// something (docs/reference/log-server.md).
//
// Thread rule: values. Errors of parse_rekor_request: InvalidArgument for a request that is none,
// Unsupported for kinds and keys that aren't taken, Untrusted for a signature that doesn't hold,
// Exhausted past a limit.
#pragma once

#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/sha256.h"

namespace tegula::logserver {

struct HashedRekord {
  crypto::Hash256 digest{};  // of what was signed
  Bytes signature;           // ECDSA on P-256, DER
  Bytes verifier;            // a certificate, or a public key as SubjectPublicKeyInfo; DER
  bool is_certificate = false;

  bool operator==(const HashedRekord&) const = default;
};

// The body of POST /api/v2/log/entries; names in lowerCamelCase or snake_case. The signature has
// been checked.
Result<HashedRekord> parse_rekor_request(std::string_view json);

// What goes into the log: canonical JSON, byte for byte what Sigstore's verifiers compute.
std::string entry_of(const HashedRekord& rekord);

// An entry of somebody's log; exactly the texts that entry_of writes, and nothing is checked but
// their form.
Result<HashedRekord> parse_rekord_entry(std::string_view entry);

inline constexpr std::string_view kRekordKind = "hashedrekord";
inline constexpr std::string_view kRekordVersion = "0.0.2";

}  // namespace tegula::logserver

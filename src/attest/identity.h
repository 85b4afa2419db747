// Who a certificate of Fulcio's kind names: a name that an identity provider vouched for, and which
// provider that was (docs/reference/verification.md#identities).
//
// Thread rule: values. Errors: Untrusted for a certificate that names nobody in particular.
#pragma once

#include <string>

#include "base/result.h"
#include "crypto/certificate.h"

namespace tegula::attest {

struct Identity {
  std::string name;      // an address, a workflow's URI
  std::string issuer{};  // the provider's URL; empty for authorities that ask none

  bool operator==(const Identity&) const = default;
};

// Exactly one subject alternative name, and the issuer of extension 1.3.6.1.4.1.57264.1.8, or its
// older spelling .1.
Result<Identity> identity_of(const crypto::Certificate& certificate);

// What a key without a certificate is called: "sha256:…" over its SubjectPublicKeyInfo.
std::string key_digest(const crypto::PublicKey& key);

}  // namespace tegula::attest

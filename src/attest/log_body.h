// What an entry of a Rekor log says was signed, by whom: hashedrekord 0.0.1 and 0.0.2, dsse 0.0.1,
// intoto 0.0.2 (docs/reference/verification.md#entries). The log proves that it has these bytes;
// this, that they are about the signature in hand.
//
// Thread rule: free function over values. Errors: Untrusted if the entry is about something else,
// Corrupt for a body that isn't of its kind, Unsupported for other kinds.
#pragma once

#include "attest/bundle.h"
#include "base/bytes.h"
#include "base/result.h"
#include "content/digest.h"

namespace tegula::attest {

// The bytes under a signature: an artifact's, or an envelope's encoding. Of a large artifact, or
// one that isn't here, the digest alone.
struct SignedMessage {
  content::Digest digest;
  std::optional<ByteView> bytes{};
};

struct LoggedContent {
  const SignedMessage& message;
  const Envelope* envelope;  // whose encoding the message is; null for an artifact's signature
  ByteView signature;
  ByteView certificate;  // DER; empty if the signer has a key alone
  ByteView key;          // SubjectPublicKeyInfo, DER
};

Result<void> check_log_body(const LogEntry& entry, const LoggedContent& content);

}  // namespace tegula::attest

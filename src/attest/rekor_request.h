// What a signer sends to a Rekor log of version 2: a hashedrekord 0.0.2 (docs/reference/
// log-server.md#rekor-entries).
//
// Thread rule: free functions.
#pragma once

#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/key.h"
#include "crypto/sha256.h"

namespace tegula::attest {

struct RekorRequest {
  crypto::Hash256 digest{};  // of what was signed: an artifact, or an envelope's encoding
  ByteView signature;
  const crypto::PublicKey& key;
};

// JSON. Unsupported for a kind of key that no such log takes.
Result<std::string> encode(const RekorRequest& request);

}  // namespace tegula::attest

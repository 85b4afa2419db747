// Who signs and who checks: a key in memory, in a TPM, behind an agent. Whoever needs a signature
// holds a Signer&, and never sees the private key.
//
// Thread rule: sign and verify may be called from any thread at once.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

namespace tegula::crypto {

class PublicKey;

class Signer {
 public:
  virtual ~Signer() = default;

  // The key that checks what sign makes.
  virtual const PublicKey& public_key() const = 0;

  // The signature of the whole message, which the signer hashes itself. Unavailable or
  // PermissionDenied if the key can't be used now.
  virtual Result<Bytes> sign(ByteView message) const = 0;
};

class Verifier {
 public:
  virtual ~Verifier() = default;

  // Untrusted unless `signature` is one of exactly this message.
  virtual Result<void> verify(ByteView message, ByteView signature) const = 0;
};

}  // namespace tegula::crypto

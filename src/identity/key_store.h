// Where this machine's private keys are: files, and later TPMs, tokens and keyrings. Whoever signs
// gets a Signer; the key itself never comes out (docs/reference/keys.md).
//
// Thread rule: one thread at a time; a Signer that came out belongs to its owner. Errors: NotFound,
// AlreadyExists, InvalidArgument for a name that is none, PermissionDenied for a key that others
// may read or that may not be used now.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "crypto/key.h"
#include "crypto/signer.h"

namespace tegula::identity {

struct StoredKey {
  std::string name;
  crypto::PublicKey key;
};

class KeyStore {
 public:
  virtual ~KeyStore() = default;

  virtual Result<std::unique_ptr<crypto::Signer>> open(std::string_view name) const = 0;

  // A new ECDSA key on P-256, which every verifier of signatures takes. Durable when it returns.
  virtual Result<std::unique_ptr<crypto::Signer>> create(std::string_view name) = 0;

  virtual Result<std::vector<StoredKey>> list() const = 0;  // by name
};

// Letters, digits, '-' and '_', at most 127.
Result<void> check_key_name(std::string_view name);

}  // namespace tegula::identity

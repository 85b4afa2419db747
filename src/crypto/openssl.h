// OpenSSL's objects with owners, and its errors as values. For this folder's sources only.
//
// Thread rule: an object belongs to one thread at a time, but an EVP_PKEY is only read once it is
// made and may be shared.
#pragma once

#include <memory>
#include <string_view>

#include <openssl/evp.h>

#include "base/result.h"

namespace tegula::crypto {

template <auto kFree>
struct Free {
  template <class T>
  void operator()(T* object) const {
    kFree(object);
  }
};

using OwnedDigestContext = std::unique_ptr<EVP_MD_CTX, Free<EVP_MD_CTX_free>>;
using OwnedKeyContext = std::unique_ptr<EVP_PKEY_CTX, Free<EVP_PKEY_CTX_free>>;
using OwnedKey = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;

// To be called before anything else of OpenSSL. The system's openssl.cnf is not read: it costs
// start-up time and must not decide what our digests and signatures are. Nothing is encrypted, so
// the names of ciphers are left out.
void start_openssl();

// "what" with OpenSSL's own reason behind it, if it left one; empties its queue of errors.
[[nodiscard]] std::unexpected<Error> openssl_failure(Code code, std::string_view what);

// Forgets the errors of calls that were allowed to fail.
void forget_openssl_errors();

}  // namespace tegula::crypto

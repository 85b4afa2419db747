// OpenSSL's objects behind certificates and timestamps. For this folder's sources only.
#pragma once

#include <memory>
#include <span>

#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "crypto/certificate.h"
#include "crypto/openssl.h"

namespace tegula::crypto {

struct FreeStack {
  void operator()(STACK_OF(X509) * stack) const { sk_X509_pop_free(stack, X509_free); }
};

using OwnedObject = std::unique_ptr<ASN1_OBJECT, Free<ASN1_OBJECT_free>>;
using OwnedStack = std::unique_ptr<STACK_OF(X509), FreeStack>;
using OwnedStore = std::unique_ptr<X509_STORE, Free<X509_STORE_free>>;
using OwnedStoreContext = std::unique_ptr<X509_STORE_CTX, Free<X509_STORE_CTX_free>>;
using OwnedX509 = std::unique_ptr<X509, Free<X509_free>>;

struct CertificateAccess {
  static X509* handle(const Certificate& certificate) { return certificate.handle_.get(); }

  // Another reference to what came out of handle(): reading it once more would cost a millisecond.
  static Certificate share(X509* certificate);

  // The same of what came from elsewhere, checked as from_der() checks it.
  static Result<Certificate> adopt(X509* certificate);
};

// The stack owns a reference to each.
OwnedStack stack_of(std::span<const Certificate> certificates);

// A store without anchors, with the rules for every chain: valid at this time, up to an anchor of
// any kind, with no algorithm below 112 bits.
OwnedStore store_at(std::int64_t time_s);

// POSIX seconds; nothing for what is no time.
std::optional<std::int64_t> seconds_of(const ASN1_TIME* time);

}  // namespace tegula::crypto

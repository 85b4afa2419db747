// X.509 certificates (RFC 5280) and chains of them, through OpenSSL.
//
// Times are POSIX seconds. Thread rule: values that don't change; any thread may use one at any
// time. Errors: InvalidArgument for what is no certificate, Unsupported for a kind of key that
// isn't checked here, Exhausted past a limit, Untrusted for a chain that doesn't hold.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/key.h"
#include "crypto/sha256.h"

struct x509_st;  // OpenSSL's X509

namespace tegula::crypto {

// Both ends are within.
struct Validity {
  std::int64_t not_before_s = 0;
  std::int64_t not_after_s = 0;

  bool contains(std::int64_t time_s) const {
    return not_before_s <= time_s && time_s <= not_after_s;
  }
  bool operator==(const Validity&) const = default;
};

// One subject alternative name of the kinds that people and workflows have.
struct AlternativeName {
  enum class Kind { Email, Uri, Dns, Other };
  Kind kind = Kind::Other;
  std::string text;   // of Other, a UTF8String; empty if it is anything else
  std::string oid{};  // of Other, its type

  bool operator==(const AlternativeName&) const = default;
};

enum class ExtendedUsage { CodeSigning, TimeStamping };

class Certificate {
 public:
  static Result<Certificate> from_der(ByteView der);  // no bytes behind it, no extension twice
  static Result<Certificate> from_pem(std::string_view pem);

  const Bytes& der() const { return der_; }
  Result<PublicKey> public_key() const;
  Hash256 public_key_hash() const;  // SHA-256 of the SubjectPublicKeyInfo
  Validity validity() const;
  bool is_authority() const;    // may issue certificates
  bool is_self_issued() const;  // subject and issuer have the same name
  std::vector<AlternativeName> names() const;
  bool has(ExtendedUsage usage) const;

  // The value of an extension by its dotted OID, as DER.
  std::optional<Bytes> extension(std::string_view oid) const;

  // What the issuer signed, but without one extension: what a certificate log signed (RFC 6962
  // §3.2).
  Bytes signed_part_without(std::string_view oid) const;

  bool operator==(const Certificate& other) const { return der_ == other.der_; }

 private:
  friend struct CertificateAccess;
  using Handle = std::shared_ptr<x509_st>;
  Certificate(Handle handle, Bytes der) : handle_(std::move(handle)), der_(std::move(der)) {}

  Handle handle_;
  Bytes der_;
};

struct ChainRequest {
  const Certificate& leaf;
  std::span<const Certificate> intermediates;  // hints; nobody trusts them
  std::span<const Certificate> anchors;        // trusted, whether they signed themselves or not
  std::int64_t time_s;                         // when every certificate of the chain must be valid
  ExtendedUsage usage;                         // that the leaf has, and no authority excludes
};

// The chain from the leaf to an anchor.
Result<std::vector<Certificate>> verify_chain(const ChainRequest& request);

}  // namespace tegula::crypto

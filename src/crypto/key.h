// Keys that sign, through OpenSSL: Ed25519 (RFC 8032), ECDSA on P-256 with SHA-256 and on P-384
// with SHA-384 (FIPS 186-4), and to check what others signed, RSA PKCS #1 v1.5 with SHA-256 (RFC
// 8017).
//
// An Ed25519 signature is 64 bytes, an ECDSA one the DER sequence of r and s (RFC 3279 §2.2.3).
// Outside keys are SubjectPublicKeyInfo (RFC 5280 §4.1.2.7; RFC 5480, RFC 8410) as DER or PEM, in
// the one spelling that we would write ourselves (docs/reference/keys.md).
//
// Thread rule: keys don't change; any thread may use one at any time. Errors: InvalidArgument for
// what is no key, Unsupported for a key of another kind, Exhausted past a limit.
#pragma once

#include <array>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/sha256.h"
#include "crypto/signer.h"

struct evp_pkey_st;  // OpenSSL's EVP_PKEY

namespace tegula::crypto {

enum class KeyType { Ed25519, P256, P384, Rsa };

std::string_view name_of(KeyType type);  // "Ed25519", "ECDSA P-256"

using Ed25519Bytes = std::array<std::uint8_t, 32>;  // a raw public key, or a seed
inline constexpr std::size_t kEd25519SignatureBytes = 64;

// A value; equal keys have equal DER.
class PublicKey final : public Verifier {
 public:
  static Result<PublicKey> from_der(ByteView der);
  static Result<PublicKey> from_pem(std::string_view pem);  // one block, nothing around it
  static Result<PublicKey> from_pkcs1_der(ByteView der);    // an RSAPublicKey (RFC 8017)
  static Result<PublicKey> ed25519(std::span<const std::uint8_t, 32> raw);

  KeyType type() const { return type_; }
  const Bytes& der() const { return der_; }
  std::string pem() const;
  Ed25519Bytes ed25519_bytes() const;  // only of an Ed25519 key

  Result<void> verify(ByteView message, ByteView signature) const override;

  // The same of a message of which only the SHA-256 is known. Unsupported for keys that sign the
  // message by another hash or whole: P-384 and Ed25519.
  Result<void> verify_digest(const Hash256& digest, ByteView signature) const;

  bool operator==(const PublicKey& other) const { return der_ == other.der_; }

 private:
  friend class PrivateKey;
  using Handle = std::shared_ptr<evp_pkey_st>;
  PublicKey(KeyType type, Handle handle, Bytes der)
      : type_(type), handle_(std::move(handle)), der_(std::move(der)) {}
  static Result<PublicKey> of(Handle handle);

  KeyType type_;
  Handle handle_;
  Bytes der_;
};

// A key in this process's memory, for key files, keys of ten minutes and tests.
class PrivateKey final : public Signer {
 public:
  // By OpenSSL's generator; Unsupported for RSA, with which nobody signs here.
  static Result<PrivateKey> generate(KeyType type);

  // PKCS #8 (RFC 5208) "PRIVATE KEY", unencrypted.
  static Result<PrivateKey> from_pem(std::string_view pem);
  static Result<PrivateKey> ed25519(std::span<const std::uint8_t, 32> seed);

  PrivateKey(PrivateKey&&) noexcept = default;
  PrivateKey& operator=(PrivateKey&&) noexcept = default;

  std::string pem() const;  // the secret itself

  const PublicKey& public_key() const override { return public_; }
  Result<Bytes> sign(ByteView message) const override;

 private:
  explicit PrivateKey(PublicKey key) : public_(std::move(key)) {}
  static Result<PrivateKey> of(PublicKey::Handle handle);

  PublicKey public_;  // its handle holds the private half too
};

}  // namespace tegula::crypto

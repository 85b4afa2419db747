#include "crypto/key.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/params.h>
#include <openssl/x509.h>

#include "base/check.h"
#include "base/limits.h"
#include "crypto/openssl.h"
#include "crypto/pem.h"

namespace tegula::crypto {
namespace {

constexpr std::string_view kPublicLabel = "PUBLIC KEY";
constexpr std::string_view kPrivateLabel = "PRIVATE KEY";
constexpr int kRsaBitsMin = 2048;

Result<void> check_size(std::size_t bytes) {
  if (bytes <= limits::kKeyBytesMax) return {};
  return fail(Code::Exhausted,
              fmt::format("a key of {} bytes, at most {}", bytes, limits::kKeyBytesMax));
}

Result<KeyType> type_of(const EVP_PKEY* key) {
  if (EVP_PKEY_is_a(key, "ED25519") == 1) return KeyType::Ed25519;
  if (EVP_PKEY_is_a(key, "RSA") == 1 && EVP_PKEY_get_bits(key) >= kRsaBitsMin) return KeyType::Rsa;
  char group[32] = {};
  if (EVP_PKEY_is_a(key, "EC") == 1 &&
      EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, group, sizeof group,
                                     nullptr) == 1) {
    if (std::string_view(group) == "prime256v1") return KeyType::P256;
    if (std::string_view(group) == "secp384r1") return KeyType::P384;
  }
  forget_openssl_errors();
  return fail(Code::Unsupported, "the key is of a kind that can't be used here",
              "known are Ed25519, ECDSA P-256 and P-384, and RSA from 2048 bits");
}

// All of a SubjectPublicKeyInfo before the key itself: for a curve its name and the mark of an
// uncompressed point. What follows has one length. RSA has neither points nor curves, and is held
// to one spelling by DER alone.
struct Spelling {
  ByteView head;
  std::size_t bytes;
};

std::optional<Spelling> spelling_of(KeyType type) {
  static constexpr std::uint8_t kEd25519[] = {0x30, 0x2A, 0x30, 0x05, 0x06, 0x03,
                                              0x2B, 0x65, 0x70, 0x03, 0x21, 0x00};
  static constexpr std::uint8_t kP256[] = {0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2A, 0x86, 0x48,
                                           0xCE, 0x3D, 0x02, 0x01, 0x06, 0x08, 0x2A, 0x86, 0x48,
                                           0xCE, 0x3D, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04};
  static constexpr std::uint8_t kP384[] = {0x30, 0x76, 0x30, 0x10, 0x06, 0x07, 0x2A, 0x86,
                                           0x48, 0xCE, 0x3D, 0x02, 0x01, 0x06, 0x05, 0x2B,
                                           0x81, 0x04, 0x00, 0x22, 0x03, 0x62, 0x00, 0x04};
  switch (type) {
    case KeyType::Ed25519: return Spelling{kEd25519, 44};
    case KeyType::P256: return Spelling{kP256, 91};
    case KeyType::P384: return Spelling{kP384, 120};
    case KeyType::Rsa: return std::nullopt;
  }
  return std::nullopt;
}

// OpenSSL keeps compressed points and spelled-out curves as they came.
bool is_canonical(KeyType type, ByteView der) {
  const auto spelling = spelling_of(type);
  return !spelling || (der.size() == spelling->bytes &&
                       std::ranges::equal(der.first(spelling->head.size()), spelling->head));
}

// Ed25519 hashes by itself.
const char* digest_of(KeyType type) {
  switch (type) {
    case KeyType::Ed25519: return nullptr;
    case KeyType::P256:
    case KeyType::Rsa: return "SHA256";
    case KeyType::P384: return "SHA384";
  }
  return nullptr;
}

EVP_PKEY* generate_key(KeyType type) {
  switch (type) {
    case KeyType::Ed25519: return EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
    case KeyType::P256: return EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256");
    case KeyType::P384: return EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-384");
    case KeyType::Rsa: return nullptr;
  }
  return nullptr;
}

// OpenSSL's two-step conversions: a size, then the bytes.
template <class Encode>
Bytes encoded(Encode encode) {
  const int size = encode(nullptr);
  CHECK(size > 0);
  Bytes out(static_cast<std::size_t>(size));
  std::uint8_t* at = out.data();
  CHECK(encode(&at) == size);
  return out;
}

std::unexpected<Error> not_by_this_key() {
  forget_openssl_errors();
  return fail(Code::Untrusted, "the signature was not made by this key over these bytes");
}

OwnedKey curve_point(const char* curve, ByteView point) {
  const OwnedKeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
  CHECK(context != nullptr && EVP_PKEY_fromdata_init(context.get()) == 1);
  // OpenSSL's parameters point at what may be changed; it only reads these.
  OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, const_cast<char*>(curve), 0),
      OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY,
                                        const_cast<std::uint8_t*>(point.data()), point.size()),
      OSSL_PARAM_construct_end()};
  EVP_PKEY* out = nullptr;
  if (EVP_PKEY_fromdata(context.get(), &out, EVP_PKEY_PUBLIC_KEY, parameters) != 1) return nullptr;
  return OwnedKey(out);
}

// A key in our spelling, from what stands behind its head. OpenSSL's own reader looks through all
// decoders it has, which takes longer than to check a signature. Refuses points off their curve.
OwnedKey key_spelled(KeyType type, ByteView der) {
  const std::size_t head = spelling_of(type)->head.size();
  switch (type) {
    case KeyType::Ed25519:
      return OwnedKey(EVP_PKEY_new_raw_public_key_ex(nullptr, "ED25519", nullptr, der.data() + head,
                                                     der.size() - head));
    case KeyType::P256: return curve_point("prime256v1", der.subspan(head - 1));
    case KeyType::P384: return curve_point("secp384r1", der.subspan(head - 1));
    case KeyType::Rsa: break;
  }
  return nullptr;
}

Bytes public_der(const EVP_PKEY* key) {
  return encoded([&](std::uint8_t** out) { return i2d_PUBKEY(key, out); });
}

}  // namespace

std::string_view name_of(KeyType type) {
  switch (type) {
    case KeyType::Ed25519: return "Ed25519";
    case KeyType::P256: return "ECDSA P-256";
    case KeyType::P384: return "ECDSA P-384";
    case KeyType::Rsa: return "RSA";
  }
  return "";
}

Result<PublicKey> PublicKey::of(Handle handle) {
  const KeyType type = TRY(type_of(handle.get()));
  Bytes der = public_der(handle.get());
  if (!is_canonical(type, der))
    return fail(Code::InvalidArgument, "the public key is not spelled as we would spell it",
                "a named curve and an uncompressed point: openssl pkey -pubin -ec_param_enc "
                "named_curve -ec_conv_form uncompressed");
  return PublicKey(type, std::move(handle), std::move(der));
}

Result<PublicKey> PublicKey::from_der(ByteView der) {
  start_openssl();
  TRY(check_size(der.size()));
  for (const KeyType type : {KeyType::P256, KeyType::Ed25519, KeyType::P384}) {
    if (!is_canonical(type, der)) continue;
    OwnedKey key = key_spelled(type, der);
    if (key == nullptr)
      return openssl_failure(Code::InvalidArgument, "expected a public key in DER");
    return PublicKey(type, std::move(key), Bytes(der.begin(), der.end()));
  }
  const std::uint8_t* at = der.data();
  OwnedKey key(d2i_PUBKEY(nullptr, &at, static_cast<long>(der.size())));
  if (key == nullptr) return openssl_failure(Code::InvalidArgument, "expected a public key in DER");
  PublicKey out = TRY(of(std::move(key)));
  if (!std::ranges::equal(out.der_, der))
    return fail(Code::InvalidArgument, "there is more than a public key in DER");
  return out;
}

Result<PublicKey> PublicKey::from_pem(std::string_view pem) {
  TRY(check_size(pem.size()));
  return from_der(TRY(pem_decode(kPublicLabel, pem)));
}

Result<PublicKey> PublicKey::from_pkcs1_der(ByteView der) {
  start_openssl();
  TRY(check_size(der.size()));
  const std::uint8_t* at = der.data();
  OwnedKey key(d2i_PublicKey(EVP_PKEY_RSA, nullptr, &at, static_cast<long>(der.size())));
  if (key == nullptr)
    return openssl_failure(Code::InvalidArgument, "expected a public RSA key in PKCS #1");
  const EVP_PKEY* handle = key.get();
  if (!std::ranges::equal(encoded([&](std::uint8_t** out) { return i2d_PublicKey(handle, out); }),
                          der))
    return fail(Code::InvalidArgument, "there is more than a public RSA key in PKCS #1");
  return of(std::move(key));
}

Result<PublicKey> PublicKey::ed25519(std::span<const std::uint8_t, 32> raw) {
  start_openssl();
  OwnedKey key(EVP_PKEY_new_raw_public_key_ex(nullptr, "ED25519", nullptr, raw.data(), raw.size()));
  if (key == nullptr)
    return openssl_failure(Code::InvalidArgument, "expected a public Ed25519 key");
  return of(std::move(key));
}

std::string PublicKey::pem() const { return pem_encode(kPublicLabel, der_); }

Ed25519Bytes PublicKey::ed25519_bytes() const {
  CHECK(type_ == KeyType::Ed25519);
  Ed25519Bytes raw;
  std::size_t size = raw.size();
  CHECK(EVP_PKEY_get_raw_public_key(handle_.get(), raw.data(), &size) == 1 && size == raw.size());
  return raw;
}

Result<void> PublicKey::verify_digest(const Hash256& digest, ByteView signature) const {
  if (type_ != KeyType::P256 && type_ != KeyType::Rsa)
    return fail(Code::Unsupported,
                fmt::format("an {} key does not sign by SHA-256", name_of(type_)),
                "give the signed bytes themselves");
  const OwnedKeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, handle_.get(), nullptr));
  CHECK(context != nullptr);
  CHECK(EVP_PKEY_verify_init(context.get()) == 1);
  CHECK(EVP_PKEY_CTX_set_signature_md(context.get(), EVP_sha256()) == 1);
  if (EVP_PKEY_verify(context.get(), signature.data(), signature.size(), digest.data(),
                      digest.size()) == 1)
    return {};
  return not_by_this_key();
}

Result<void> PublicKey::verify(ByteView message, ByteView signature) const {
  const OwnedDigestContext context(EVP_MD_CTX_new());
  CHECK(context != nullptr);
  CHECK(EVP_DigestVerifyInit_ex(context.get(), nullptr, digest_of(type_), nullptr, nullptr,
                                handle_.get(), nullptr) == 1);
  if (EVP_DigestVerify(context.get(), signature.data(), signature.size(), message.data(),
                       message.size()) == 1)
    return {};
  return not_by_this_key();
}

Result<PrivateKey> PrivateKey::of(PublicKey::Handle handle) {
  return PrivateKey(TRY(PublicKey::of(std::move(handle))));
}

Result<PrivateKey> PrivateKey::generate(KeyType type) {
  start_openssl();
  if (type == KeyType::Rsa) return fail(Code::Unsupported, "RSA keys are not made here");
  OwnedKey key(generate_key(type));
  if (key == nullptr) return openssl_failure(Code::Unavailable, "no key could be generated");
  return of(std::move(key));
}

Result<PrivateKey> PrivateKey::from_pem(std::string_view pem) {
  start_openssl();
  TRY(check_size(pem.size()));
  Bytes der = TRY(pem_decode(kPrivateLabel, pem));
  const std::uint8_t* at = der.data();
  const std::uint8_t* end = at + der.size();
  OwnedKey key(d2i_AutoPrivateKey(nullptr, &at, static_cast<long>(der.size())));
  OPENSSL_cleanse(der.data(), der.size());
  // What OpenSSL would say could quote the key.
  forget_openssl_errors();
  if (key == nullptr || at != end)
    return fail(Code::InvalidArgument, "expected a private key in PKCS #8, unencrypted");
  return of(std::move(key));
}

Result<PrivateKey> PrivateKey::ed25519(std::span<const std::uint8_t, 32> seed) {
  start_openssl();
  OwnedKey key(
      EVP_PKEY_new_raw_private_key_ex(nullptr, "ED25519", nullptr, seed.data(), seed.size()));
  if (key == nullptr)
    return openssl_failure(Code::InvalidArgument, "expected a private Ed25519 key");
  return of(std::move(key));
}

std::string PrivateKey::pem() const {
  PKCS8_PRIV_KEY_INFO* info = EVP_PKEY2PKCS8(public_.handle_.get());
  CHECK(info != nullptr);
  Bytes der = encoded([&](std::uint8_t** out) { return i2d_PKCS8_PRIV_KEY_INFO(info, out); });
  PKCS8_PRIV_KEY_INFO_free(info);
  std::string out = pem_encode(kPrivateLabel, der);
  OPENSSL_cleanse(der.data(), der.size());
  return out;
}

Result<Bytes> PrivateKey::sign(ByteView message) const {
  const OwnedDigestContext context(EVP_MD_CTX_new());
  CHECK(context != nullptr);
  CHECK(EVP_DigestSignInit_ex(context.get(), nullptr, digest_of(public_.type()), nullptr, nullptr,
                              public_.handle_.get(), nullptr) == 1);
  std::size_t size = 0;
  CHECK(EVP_DigestSign(context.get(), nullptr, &size, message.data(), message.size()) == 1);
  Bytes out(size);
  if (EVP_DigestSign(context.get(), out.data(), &size, message.data(), message.size()) != 1)
    return openssl_failure(Code::Internal, "the key could not sign");
  out.resize(size);  // a DER signature may be shorter than its bound
  return out;
}

}  // namespace tegula::crypto

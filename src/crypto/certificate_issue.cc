#include "crypto/certificate_issue.h"

#include <fmt/format.h>
#include <openssl/pem.h>

#include "base/check.h"
#include "crypto/x509.h"

namespace tegula::crypto {
namespace {

using OwnedBio = std::unique_ptr<BIO, Free<BIO_free_all>>;
using OwnedExtension = std::unique_ptr<X509_EXTENSION, Free<X509_EXTENSION_free>>;
using OwnedOctets = std::unique_ptr<ASN1_OCTET_STRING, Free<ASN1_OCTET_STRING_free>>;
using OwnedKeyName = std::unique_ptr<AUTHORITY_KEYID, Free<AUTHORITY_KEYID_free>>;
using OwnedNumber = std::unique_ptr<BIGNUM, Free<BN_free>>;
using OwnedPublic = std::unique_ptr<X509_PUBKEY, Free<X509_PUBKEY_free>>;

constexpr std::size_t kKeyNameBytes = 20;

OwnedKey private_handle(const PrivateKey& key) {
  std::string pem = key.pem();
  const OwnedBio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  OwnedKey out(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
  OPENSSL_cleanse(pem.data(), pem.size());
  CHECK(out != nullptr);
  return out;
}

OwnedPublic public_handle(const PublicKey& key) {
  const std::uint8_t* at = key.der().data();
  OwnedPublic out(d2i_X509_PUBKEY(nullptr, &at, static_cast<long>(key.der().size())));
  CHECK(out != nullptr);
  return out;
}

Result<void> add_part(X509_NAME* name, const char* type, const std::string& text) {
  if (text.empty()) return {};
  if (X509_NAME_add_entry_by_txt(name, type, MBSTRING_UTF8,
                                 reinterpret_cast<const unsigned char*>(text.data()),
                                 static_cast<int>(text.size()), -1, 0) == 1)
    return {};
  return openssl_failure(Code::InvalidArgument, "no certificate can hold this name");
}

Result<void> add_name(X509_NAME* name, const DistinguishedName& text) {
  TRY(add_part(name, "O", text.organization));
  return add_part(name, "CN", text.common_name);
}

void set_serial(X509* certificate, const Bytes& serial) {
  const OwnedNumber number(BN_bin2bn(serial.data(), static_cast<int>(serial.size()), nullptr));
  CHECK(number != nullptr &&
        BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr);
}

// --- extensions ---

OwnedOctets octets_of(ByteView bytes) {
  OwnedOctets out(ASN1_OCTET_STRING_new());
  CHECK(ASN1_OCTET_STRING_set(out.get(), bytes.data(), static_cast<int>(bytes.size())) == 1);
  return out;
}

Result<void> add_words(X509* certificate, int id, const std::string& words) {
  if (words.empty()) return {};
  const OwnedExtension extension(X509V3_EXT_conf_nid(nullptr, nullptr, id, words.c_str()));
  if (extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1) return {};
  return openssl_failure(Code::InvalidArgument,
                         fmt::format("\"{}\" is no {}", words, OBJ_nid2ln(id)));
}

void add_value(X509* certificate, const std::string& oid, ByteView value) {
  const OwnedObject object(OBJ_txt2obj(oid.c_str(), 1));
  const OwnedExtension extension(
      X509_EXTENSION_create_by_OBJ(nullptr, object.get(), 0, octets_of(value).get()));
  CHECK(extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1);
}

OwnedOctets name_of_key(const PublicKey& key) {
  const OwnedPublic handle = public_handle(key);
  const std::uint8_t* bits = nullptr;
  int size = 0;
  CHECK(X509_PUBKEY_get0_param(nullptr, &bits, &size, nullptr, handle.get()) == 1);
  const Hash256 hash = sha256({bits, static_cast<std::size_t>(size)});
  return octets_of(ByteView(hash).first(kKeyNameBytes));
}

void add_key_names(X509* certificate, const PublicKey& key, const PublicKey& issuer) {
  const OwnedOctets own = name_of_key(key);
  CHECK(X509_add1_ext_i2d(certificate, NID_subject_key_identifier, own.get(), 0, 0) == 1);
  const OwnedKeyName above(AUTHORITY_KEYID_new());
  CHECK(above != nullptr);
  above->keyid = name_of_key(issuer).release();
  CHECK(X509_add1_ext_i2d(certificate, NID_authority_key_identifier, above.get(), 0, 0) == 1);
}

Result<void> add_extensions(X509* certificate, const CertificateContent& content) {
  if (content.is_authority) TRY(add_words(certificate, NID_basic_constraints, "critical,CA:TRUE"));
  TRY(add_words(certificate, NID_key_usage, content.key_usage));
  TRY(add_words(certificate, NID_ext_key_usage, content.extended_usage));
  if (!content.names.empty())
    TRY(add_words(certificate, NID_subject_alt_name, "critical," + content.names));
  for (const auto& [oid, value] : content.extensions) add_value(certificate, oid, value);
  return {};
}

}  // namespace

Result<Certificate> issue_certificate(const CertificateContent& content, const PublicKey& key,
                                      const Issuer& issuer) {
  start_openssl();
  if (issuer.key.public_key().type() != KeyType::P256)
    return fail(Code::Unsupported, "certificates are issued by ECDSA P-256 keys only");
  const OwnedX509 out(X509_new());
  CHECK(out != nullptr && X509_set_version(out.get(), X509_VERSION_3) == 1);
  set_serial(out.get(), content.serial);
  TRY(add_name(X509_get_subject_name(out.get()), content.subject));
  TRY(add_name(X509_get_issuer_name(out.get()), issuer.name));
  CHECK(ASN1_TIME_set(X509_getm_notBefore(out.get()), content.validity.not_before_s) != nullptr);
  CHECK(ASN1_TIME_set(X509_getm_notAfter(out.get()), content.validity.not_after_s) != nullptr);
  CHECK(X509_set_pubkey(out.get(), X509_PUBKEY_get0(public_handle(key).get())) == 1);
  add_key_names(out.get(), key, issuer.key.public_key());
  TRY(add_extensions(out.get(), content));
  if (X509_sign(out.get(), private_handle(issuer.key).get(), EVP_sha256()) <= 0)
    return openssl_failure(Code::Internal, "the certificate could not be signed");
  return CertificateAccess::adopt(out.get());
}

Bytes random_serial(Random& random) {
  Bytes out;
  for (int half = 0; half < 2; ++half) {
    const std::uint64_t bits = random.next();
    for (int shift = 56; shift >= 0; shift -= 8)
      out.push_back(static_cast<std::uint8_t>(bits >> shift));
  }
  out[0] = (out[0] & 0x3F) | 0x40;
  return out;
}

}  // namespace tegula::crypto

#include "crypto/sample_authority.h"

#include <openssl/ess.h>
#include <openssl/pem.h>
#include <openssl/ts.h>

#include "base/check.h"
#include "crypto/x509.h"

namespace tegula::crypto {
namespace {

using OwnedBio = std::unique_ptr<BIO, Free<BIO_free_all>>;
using OwnedExtension = std::unique_ptr<X509_EXTENSION, Free<X509_EXTENSION_free>>;
using OwnedOctets = std::unique_ptr<ASN1_OCTET_STRING, Free<ASN1_OCTET_STRING_free>>;
using OwnedInteger = std::unique_ptr<ASN1_INTEGER, Free<ASN1_INTEGER_free>>;
using OwnedGeneralTime = std::unique_ptr<ASN1_GENERALIZEDTIME, Free<ASN1_GENERALIZEDTIME_free>>;
using OwnedImprint = std::unique_ptr<TS_MSG_IMPRINT, Free<TS_MSG_IMPRINT_free>>;
using OwnedAlgorithm = std::unique_ptr<X509_ALGOR, Free<X509_ALGOR_free>>;
using OwnedStamp = std::unique_ptr<TS_TST_INFO, Free<TS_TST_INFO_free>>;
using OwnedResponse = std::unique_ptr<TS_RESP, Free<TS_RESP_free>>;
using OwnedStatus = std::unique_ptr<TS_STATUS_INFO, Free<TS_STATUS_INFO_free>>;

OwnedKey private_handle(const PrivateKey& key) {
  const std::string pem = key.pem();
  const OwnedBio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  OwnedKey out(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
  CHECK(out != nullptr);
  return out;
}

OwnedKey public_handle(const PublicKey& key) {
  const std::uint8_t* at = key.der().data();
  OwnedKey out(d2i_PUBKEY(nullptr, &at, static_cast<long>(key.der().size())));
  CHECK(out != nullptr);
  return out;
}

void add_name(X509_NAME* name, const std::string& text) {
  if (text.empty()) return;
  CHECK(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                                   reinterpret_cast<const unsigned char*>(text.data()),
                                   static_cast<int>(text.size()), -1, 0) == 1);
}

void add_extension(X509* certificate, int id, const std::string& value) {
  const OwnedExtension extension(X509V3_EXT_conf_nid(nullptr, nullptr, id, value.c_str()));
  CHECK(extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1);
}

void add_extension(X509* certificate, const std::string& oid, const Bytes& value) {
  const OwnedObject object(OBJ_txt2obj(oid.c_str(), 1));
  const OwnedOctets octets(ASN1_OCTET_STRING_new());
  CHECK(ASN1_OCTET_STRING_set(octets.get(), value.data(), static_cast<int>(value.size())) == 1);
  const OwnedExtension extension(
      X509_EXTENSION_create_by_OBJ(nullptr, object.get(), 0, octets.get()));
  CHECK(extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1);
}

void add_extensions(X509* certificate, const CertificatePlan& plan) {
  if (plan.is_authority) add_extension(certificate, NID_basic_constraints, "critical,CA:TRUE");
  if (!plan.usage.empty()) add_extension(certificate, NID_ext_key_usage, plan.usage);
  if (!plan.names.empty())
    add_extension(certificate, NID_subject_alt_name, "critical," + plan.names);
  for (const auto& [oid, value] : plan.extensions) add_extension(certificate, oid, value);
}

// The same for the same names, so that a certificate can be made again with one extension more.
std::int64_t serial_of(const CertificatePlan& plan) {
  const std::string text = plan.subject + "\n" + plan.names;
  const Hash256 hash = sha256(bytes_of(text));
  std::int64_t out = 0;
  for (std::size_t i = 0; i < 7; ++i) out = out << 8 | hash[i];
  return out;
}

struct Issuer {
  const std::string& name;
  const PrivateKey& key;
};

Certificate certificate_of(const CertificatePlan& plan, const PublicKey& key,
                           const Issuer& issuer) {
  start_openssl();
  const OwnedX509 out(X509_new());
  X509_set_version(out.get(), X509_VERSION_3);
  ASN1_INTEGER_set_int64(X509_get_serialNumber(out.get()), serial_of(plan));
  add_name(X509_get_subject_name(out.get()), plan.subject);
  add_name(X509_get_issuer_name(out.get()), issuer.name);
  ASN1_TIME_set(X509_getm_notBefore(out.get()), plan.validity.not_before_s);
  ASN1_TIME_set(X509_getm_notAfter(out.get()), plan.validity.not_after_s);
  X509_set_pubkey(out.get(), public_handle(key).get());
  add_extensions(out.get(), plan);
  CHECK(X509_sign(out.get(), private_handle(issuer.key).get(), EVP_sha256()) > 0);
  return copy_of(out.get()).value();
}

CertificatePlan authority_plan(const std::string& name, const Validity& validity) {
  return {.subject = name, .validity = validity, .is_authority = true};
}

OwnedImprint imprint_of(ByteView message) {
  OwnedImprint out(TS_MSG_IMPRINT_new());
  const OwnedAlgorithm algorithm(X509_ALGOR_new());
  X509_ALGOR_set0(algorithm.get(), OBJ_nid2obj(NID_sha256), V_ASN1_NULL, nullptr);
  Hash256 hash = sha256(message);
  CHECK(TS_MSG_IMPRINT_set_algo(out.get(), algorithm.get()) == 1);
  CHECK(TS_MSG_IMPRINT_set_msg(out.get(), hash.data(), hash.size()) == 1);
  return out;
}

OwnedStamp stamp_of(const StampPlan& plan) {
  OwnedStamp out(TS_TST_INFO_new());
  const OwnedObject policy(OBJ_txt2obj("1.2.3.4", 1));
  const OwnedInteger serial(ASN1_INTEGER_new());
  const OwnedGeneralTime time(ASN1_GENERALIZEDTIME_set(nullptr, plan.time_s));
  ASN1_INTEGER_set(serial.get(), 7);
  CHECK(TS_TST_INFO_set_version(out.get(), 1) == 1);
  CHECK(TS_TST_INFO_set_policy_id(out.get(), policy.get()) == 1);
  CHECK(TS_TST_INFO_set_msg_imprint(out.get(), imprint_of(plan.message).get()) == 1);
  CHECK(TS_TST_INFO_set_serial(out.get(), serial.get()) == 1);
  CHECK(TS_TST_INFO_set_time(out.get(), time.get()) == 1);
  return out;
}

// RFC 5035: names the signer's certificate. The token owns what it is given.
void add_signer_name(PKCS7_SIGNER_INFO* info, X509* signer) {
  ESS_SIGNING_CERT_V2* names = OSSL_ESS_signing_cert_v2_new_init(EVP_sha256(), signer, nullptr, 1);
  std::uint8_t* der = nullptr;
  const int size = i2d_ESS_SIGNING_CERT_V2(names, &der);
  ASN1_STRING* sequence = ASN1_STRING_new();
  CHECK(size > 0 && ASN1_STRING_set(sequence, der, size) == 1);
  CHECK(PKCS7_add_signed_attribute(info, NID_id_smime_aa_signingCertificateV2, V_ASN1_SEQUENCE,
                                   sequence) == 1);
  OPENSSL_free(der);
  ESS_SIGNING_CERT_V2_free(names);
}

// Empty; PKCS7_dataFinal fills it.
PKCS7* new_content() {
  PKCS7* out = PKCS7_new();
  out->type = OBJ_nid2obj(NID_id_smime_ct_TSTInfo);
  out->d.other = ASN1_TYPE_new();
  ASN1_TYPE_set(out->d.other, V_ASN1_OCTET_STRING, ASN1_OCTET_STRING_new());
  return out;
}

// By hand, since OpenSSL's own function makes no stamps for certificates that its purpose check
// refuses, and tests need those too.
PKCS7* token_of(const StampPlan& plan, TS_TST_INFO* stamp) {
  X509* signer = CertificateAccess::handle(plan.signer);
  PKCS7* out = PKCS7_new();
  CHECK(PKCS7_set_type(out, NID_pkcs7_signed) == 1);
  ASN1_INTEGER_set(out->d.sign->version, 3);
  if (plan.embeds) CHECK(PKCS7_add_certificate(out, signer) == 1);
  const OwnedKey key = private_handle(plan.key);
  PKCS7_SIGNER_INFO* info = PKCS7_add_signature(out, signer, key.get(), EVP_sha256());
  CHECK(info != nullptr);
  CHECK(PKCS7_add_signed_attribute(info, NID_pkcs9_contentType, V_ASN1_OBJECT,
                                   OBJ_nid2obj(NID_id_smime_ct_TSTInfo)) == 1);
  add_signer_name(info, signer);
  CHECK(PKCS7_set_content(out, new_content()) == 1);
  const OwnedBio bio(PKCS7_dataInit(out, nullptr));
  std::uint8_t* der = nullptr;
  const int size = i2d_TS_TST_INFO(stamp, &der);
  CHECK(bio != nullptr && BIO_write(bio.get(), der, size) == size);
  OPENSSL_free(der);
  CHECK(PKCS7_dataFinal(out, bio.get()) == 1);
  return out;
}

}  // namespace

SampleAuthority SampleAuthority::root(const std::string& name, const Validity& validity) {
  PrivateKey key = PrivateKey::generate(KeyType::P256).value();
  Certificate certificate =
      certificate_of(authority_plan(name, validity), key.public_key(), {name, key});
  return {name, std::move(key), std::move(certificate)};
}

SampleAuthority SampleAuthority::below(const std::string& name, const Validity& validity) const {
  PrivateKey key = PrivateKey::generate(KeyType::P256).value();
  Certificate certificate = issue(authority_plan(name, validity), key.public_key());
  return {name, std::move(key), std::move(certificate)};
}

Certificate SampleAuthority::issue(const CertificatePlan& plan, const PublicKey& key) const {
  return certificate_of(plan, key, {name_, key_});
}

Bytes sample_timestamp(const StampPlan& plan) {
  start_openssl();
  const OwnedStamp stamp = stamp_of(plan);
  const OwnedResponse response(TS_RESP_new());
  const OwnedStatus status(TS_STATUS_INFO_new());
  CHECK(TS_STATUS_INFO_set_status(status.get(), TS_STATUS_GRANTED) == 1);
  CHECK(TS_RESP_set_status_info(response.get(), status.get()) == 1);
  TS_RESP_set_tst_info(response.get(), token_of(plan, stamp.get()), TS_TST_INFO_dup(stamp.get()));
  std::uint8_t* der = nullptr;
  const int size = i2d_TS_RESP(response.get(), &der);
  CHECK(size > 0);
  Bytes out(der, der + size);
  OPENSSL_free(der);
  return out;
}

}  // namespace tegula::crypto

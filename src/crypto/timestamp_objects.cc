#include "crypto/timestamp_objects.h"

#include <fmt/format.h>
#include <openssl/asn1t.h>
#include <openssl/ess.h>

#include "base/limits.h"
#include "crypto/x509.h"

namespace tegula::crypto {
namespace {

using OwnedAccuracy = std::unique_ptr<TS_ACCURACY, Free<TS_ACCURACY_free>>;
using OwnedAlgorithm = std::unique_ptr<X509_ALGOR, Free<X509_ALGOR_free>>;
using OwnedGeneralTime = std::unique_ptr<ASN1_GENERALIZEDTIME, Free<ASN1_GENERALIZEDTIME_free>>;
using OwnedNames = std::unique_ptr<ESS_SIGNING_CERT_V2, Free<ESS_SIGNING_CERT_V2_free>>;
using OwnedNumber = std::unique_ptr<BIGNUM, Free<BN_free>>;
using OwnedStamp = std::unique_ptr<TS_TST_INFO, Free<TS_TST_INFO_free>>;
using OwnedStatus = std::unique_ptr<TS_STATUS_INFO, Free<TS_STATUS_INFO_free>>;
using OwnedToken = std::unique_ptr<PKCS7, Free<PKCS7_free>>;

constexpr long kCmsVersion = 3;  // RFC 5652 §5.1: of content that is no plain data

Result<void> check_size(ByteView der, const char* what) {
  if (der.size() <= limits::kTimestampBytesMax) return {};
  return fail(Code::Exhausted, fmt::format("a timestamp{} of {} bytes, at most {}", what,
                                           der.size(), limits::kTimestampBytesMax));
}

OwnedStamp stamp_of(const TimestampContent& content) {
  OwnedStamp out(TS_TST_INFO_new());
  const OwnedObject policy(OBJ_txt2obj(content.policy, 1));
  const OwnedNumber number(
      BN_bin2bn(content.serial.data(), static_cast<int>(content.serial.size()), nullptr));
  const OwnedInteger serial(BN_to_ASN1_INTEGER(number.get(), nullptr));
  const OwnedGeneralTime time(ASN1_GENERALIZEDTIME_set(nullptr, content.time_s));
  CHECK(out != nullptr && policy != nullptr && serial != nullptr && time != nullptr);
  CHECK(TS_TST_INFO_set_version(out.get(), 1) == 1);
  CHECK(TS_TST_INFO_set_policy_id(out.get(), policy.get()) == 1);
  CHECK(TS_TST_INFO_set_msg_imprint(out.get(), content.imprint) == 1);
  CHECK(TS_TST_INFO_set_serial(out.get(), serial.get()) == 1);
  CHECK(TS_TST_INFO_set_time(out.get(), time.get()) == 1);
  if (content.nonce != nullptr) CHECK(TS_TST_INFO_set_nonce(out.get(), content.nonce) == 1);
  return out;
}

void set_accuracy(TS_TST_INFO* stamp, long accuracy_s) {
  if (accuracy_s == 0) return;
  const OwnedAccuracy accuracy(TS_ACCURACY_new());
  const OwnedInteger seconds(ASN1_INTEGER_new());
  CHECK(ASN1_INTEGER_set(seconds.get(), accuracy_s) == 1);
  CHECK(TS_ACCURACY_set_seconds(accuracy.get(), seconds.get()) == 1);
  CHECK(TS_TST_INFO_set_accuracy(stamp, accuracy.get()) == 1);
}

// The token owns what it is given.
void set_content(PKCS7* token, ByteView stamp) {
  PKCS7* content = PKCS7_new();
  ASN1_OCTET_STRING* octets = ASN1_OCTET_STRING_new();
  CHECK(ASN1_OCTET_STRING_set(octets, stamp.data(), static_cast<int>(stamp.size())) == 1);
  content->type = OBJ_nid2obj(NID_id_smime_ct_TSTInfo);
  content->d.other = ASN1_TYPE_new();
  ASN1_TYPE_set(content->d.other, V_ASN1_OCTET_STRING, octets);
  CHECK(PKCS7_set_content(token, content) == 1);
}

// RFC 5035: names the signer's certificate. Owned by the signer's information.
void add_signer_name(PKCS7_SIGNER_INFO* info, X509* signer) {
  const OwnedNames names(OSSL_ESS_signing_cert_v2_new_init(EVP_sha256(), signer, nullptr, 1));
  CHECK(names != nullptr);
  const Bytes der = der_bytes(i2d_ESS_SIGNING_CERT_V2, names.get());
  ASN1_STRING* sequence = ASN1_STRING_new();
  CHECK(ASN1_STRING_set(sequence, der.data(), static_cast<int>(der.size())) == 1);
  CHECK(PKCS7_add_signed_attribute(info, NID_id_smime_aa_signingCertificateV2, V_ASN1_SEQUENCE,
                                   sequence) == 1);
}

// RFC 5652 §11. The time is the stamp's own, so that nothing depends on another clock.
void add_attributes(PKCS7_SIGNER_INFO* info, X509* signer, ByteView stamp, std::int64_t time_s) {
  const Hash256 hash = sha256(stamp);
  CHECK(PKCS7_add_signed_attribute(info, NID_pkcs9_contentType, V_ASN1_OBJECT,
                                   OBJ_nid2obj(NID_id_smime_ct_TSTInfo)) == 1);
  CHECK(PKCS7_add1_attrib_digest(info, hash.data(), static_cast<int>(hash.size())) == 1);
  CHECK(PKCS7_add0_attrib_signing_time(info, ASN1_TIME_set(nullptr, time_s)) == 1);
  add_signer_name(info, signer);
}

// RFC 5652 §5.4: over the attributes as a SET, whatever tag they have in the message.
Result<void> sign(PKCS7_SIGNER_INFO* info, const Signer& key) {
  const Bytes signed_bytes = der_bytes(
      [](STACK_OF(X509_ATTRIBUTE) * attributes, std::uint8_t** out) {
        return ASN1_item_i2d(reinterpret_cast<ASN1_VALUE*>(attributes), out,
                             ASN1_ITEM_rptr(PKCS7_ATTR_SIGN));
      },
      info->auth_attr);
  const Bytes signature = TRY(key.sign(signed_bytes));
  CHECK(ASN1_OCTET_STRING_set(info->enc_digest, signature.data(),
                              static_cast<int>(signature.size())) == 1);
  return {};
}

// Built from its parts rather than by TS_RESP_create_response: the key may be anywhere behind a
// Signer, and the time comes from one clock only.
Result<OwnedToken> token_of(ByteView stamp, std::int64_t time_s, const Stamper& stamper) {
  X509* certificate = CertificateAccess::handle(stamper.certificate);
  OwnedToken out(PKCS7_new());
  CHECK(PKCS7_set_type(out.get(), NID_pkcs7_signed) == 1);
  CHECK(ASN1_INTEGER_set(out->d.sign->version, kCmsVersion) == 1);
  if (stamper.embeds) CHECK(PKCS7_add_certificate(out.get(), certificate) == 1);
  set_content(out.get(), stamp);
  PKCS7_SIGNER_INFO* info = PKCS7_SIGNER_INFO_new();
  CHECK(PKCS7_SIGNER_INFO_set(info, certificate, X509_get0_pubkey(certificate), EVP_sha256()) == 1);
  CHECK(PKCS7_add_signer(out.get(), info) == 1);
  add_attributes(info, certificate, stamp, time_s);
  TRY(sign(info, stamper.key));
  return out;
}

}  // namespace

Result<OwnedQuery> parse_timestamp_query(ByteView der) {
  start_openssl();
  TRY(check_size(der, " query"));
  const std::uint8_t* at = der.data();
  OwnedQuery out(d2i_TS_REQ(nullptr, &at, static_cast<long>(der.size())));
  if (out != nullptr && at == der.data() + der.size()) return out;
  return openssl_failure(Code::InvalidArgument, "expected one timestamp query in DER");
}

Result<OwnedResponse> parse_timestamp_response(ByteView der) {
  start_openssl();
  TRY(check_size(der, ""));
  const std::uint8_t* at = der.data();
  OwnedResponse out(d2i_TS_RESP(nullptr, &at, static_cast<long>(der.size())));
  if (out != nullptr && at == der.data() + der.size()) return out;
  return openssl_failure(Code::InvalidArgument, "expected one timestamp response in DER");
}

std::size_t strong_hash_bytes(const X509_ALGOR* algorithm) {
  const ASN1_OBJECT* object = nullptr;
  X509_ALGOR_get0(&object, nullptr, nullptr, algorithm);
  switch (OBJ_obj2nid(object)) {
    case NID_sha256: return 32;
    case NID_sha384: return 48;
    case NID_sha512: return 64;
    default: return 0;
  }
}

OwnedImprint sha256_imprint(ByteView hash) {
  OwnedImprint out(TS_MSG_IMPRINT_new());
  const OwnedAlgorithm algorithm(X509_ALGOR_new());
  X509_ALGOR_set0(algorithm.get(), OBJ_nid2obj(NID_sha256), V_ASN1_NULL, nullptr);
  Bytes copy(hash.begin(), hash.end());
  CHECK(TS_MSG_IMPRINT_set_algo(out.get(), algorithm.get()) == 1);
  CHECK(TS_MSG_IMPRINT_set_msg(out.get(), copy.data(), static_cast<int>(copy.size())) == 1);
  return out;
}

Result<Bytes> issue_timestamp(const TimestampContent& content, const Stamper& stamper) {
  start_openssl();
  OwnedStamp stamp = stamp_of(content);
  set_accuracy(stamp.get(), content.accuracy_s);
  OwnedToken token =
      TRY(token_of(der_bytes(i2d_TS_TST_INFO, stamp.get()), content.time_s, stamper));
  const OwnedResponse response(TS_RESP_new());
  const OwnedStatus status(TS_STATUS_INFO_new());
  CHECK(TS_STATUS_INFO_set_status(status.get(), TS_STATUS_GRANTED) == 1);
  CHECK(TS_RESP_set_status_info(response.get(), status.get()) == 1);
  TS_RESP_set_tst_info(response.get(), token.release(), stamp.release());
  return der_bytes(i2d_TS_RESP, response.get());
}

}  // namespace tegula::crypto

#include "crypto/timestamp.h"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/ess.h>

#include "base/limits.h"
#include "crypto/timestamp_objects.h"
#include "crypto/x509.h"

namespace tegula::crypto {
namespace {

using OwnedCertificateNames = std::unique_ptr<ESS_SIGNING_CERT, Free<ESS_SIGNING_CERT_free>>;
using OwnedCertificateNames2 = std::unique_ptr<ESS_SIGNING_CERT_V2, Free<ESS_SIGNING_CERT_V2_free>>;

// Of the pointers only, which belong to somebody else.
struct FreeBorrowed {
  void operator()(STACK_OF(X509) * stack) const { sk_X509_free(stack); }
};
using BorrowedStack = std::unique_ptr<STACK_OF(X509), FreeBorrowed>;

Result<OwnedResponse> parse(ByteView der) {
  OwnedResponse out = TRY(parse_timestamp_response(der));
  if (TS_RESP_get_tst_info(out.get()) == nullptr)
    return fail(Code::Untrusted, "the authority gave no timestamp");
  return out;
}

bool is_strong(const X509_ALGOR* algorithm) { return strong_hash_bytes(algorithm) > 0; }

// That it was granted, is of version 1 and about this message. The context owns what it is given.
Result<void> check_message(TS_RESP* response, ByteView message) {
  if (!is_strong(
          TS_MSG_IMPRINT_get_algo(TS_TST_INFO_get_msg_imprint(TS_RESP_get_tst_info(response)))))
    return fail(Code::Untrusted, "the timestamp is not over SHA-256, SHA-384 or SHA-512");
  const OwnedVerification context(TS_VERIFY_CTX_new());
  BIO* bytes = BIO_new_mem_buf(message.data(), static_cast<int>(message.size()));
  CHECK(context != nullptr && bytes != nullptr);
  TS_VERIFY_CTX_set_flags(context.get(), TS_VFY_VERSION | TS_VFY_DATA);
  TS_VERIFY_CTX_set_data(context.get(), bytes);
  if (TS_RESP_verify_response(context.get(), response) == 1) return {};
  return openssl_failure(Code::Untrusted, "the timestamp does not hold");
}

// The one that signed the token, by an algorithm that counts.
Result<PKCS7_SIGNER_INFO*> only_signer(PKCS7* token) {
  STACK_OF(PKCS7_SIGNER_INFO)* signers = PKCS7_get_signer_info(token);
  if (signers == nullptr || sk_PKCS7_SIGNER_INFO_num(signers) != 1)
    return openssl_failure(Code::Untrusted, "the timestamp has not exactly one signer");
  PKCS7_SIGNER_INFO* out = sk_PKCS7_SIGNER_INFO_value(signers, 0);
  X509_ALGOR* digest = nullptr;
  PKCS7_SIGNER_INFO_get0_algs(out, nullptr, &digest, nullptr);
  if (!is_strong(digest))
    return fail(Code::Untrusted, "the timestamp is not signed by SHA-256, SHA-384 or SHA-512");
  return out;
}

// RFC 5652 §11.1: what is signed says that it is a stamp.
bool says_stamp(const PKCS7_SIGNER_INFO* signer) {
  const ASN1_TYPE* type = PKCS7_get_signed_attribute(signer, NID_pkcs9_contentType);
  return type != nullptr && type->type == V_ASN1_OBJECT &&
         OBJ_obj2nid(type->value.object) == NID_id_smime_ct_TSTInfo;
}

template <class T, class Parse>
T attribute_of(const PKCS7_SIGNER_INFO* signer, int id, Parse parse) {
  const ASN1_TYPE* value = PKCS7_get_signed_attribute(signer, id);
  if (value == nullptr || value->type != V_ASN1_SEQUENCE) return nullptr;
  const std::uint8_t* at = value->value.sequence->data;
  return T(parse(nullptr, &at, value->value.sequence->length));
}

// RFC 5035: the stamp names its signer's certificate, so that no other of the same key fits it.
Result<void> check_names(const PKCS7_SIGNER_INFO* signer, std::span<const Certificate> chain) {
  const auto names = attribute_of<OwnedCertificateNames>(signer, NID_id_smime_aa_signingCertificate,
                                                         d2i_ESS_SIGNING_CERT);
  const auto names2 = attribute_of<OwnedCertificateNames2>(
      signer, NID_id_smime_aa_signingCertificateV2, d2i_ESS_SIGNING_CERT_V2);
  const OwnedStack certificates = stack_of(chain);
  if (OSSL_ESS_check_signing_certs(names.get(), names2.get(), certificates.get(), 1) == 1)
    return {};
  return openssl_failure(Code::Untrusted, "the timestamp does not name its signer's certificate");
}

// What came with the token; as hints, so what doesn't parse is left out.
std::vector<Certificate> certificates_in(const PKCS7* token) {
  std::vector<Certificate> out;
  const STACK_OF(X509)* embedded = token->d.sign->cert;
  for (int i = 0; embedded != nullptr && i < sk_X509_num(embedded); ++i)
    if (auto one = CertificateAccess::adopt(sk_X509_value(embedded, i)))
      out.push_back(std::move(*one));
  return out;
}

// Whose signature the token has, whoever that is.
Result<Certificate> signer_of(PKCS7* token, std::span<const Certificate> known) {
  const OwnedStack certificates = stack_of(known);
  const BorrowedStack signers(PKCS7_get0_signers(token, certificates.get(), 0));
  if (signers == nullptr || sk_X509_num(signers.get()) != 1)
    return openssl_failure(Code::Untrusted, "the timestamp's signer is not known");
  if (PKCS7_verify(token, certificates.get(), nullptr, nullptr, nullptr, PKCS7_NOVERIFY) != 1)
    return openssl_failure(Code::Untrusted, "the timestamp does not hold");
  return CertificateAccess::adopt(sk_X509_value(signers.get(), 0));
}

Result<void> check_signature(const TimestampRequest& request, PKCS7* token, std::int64_t time_s) {
  const PKCS7_SIGNER_INFO* info = TRY(only_signer(token));
  const Certificate signer = TRY(signer_of(token, request.certificates));
  if (request.signer != nullptr && signer != *request.signer)
    return fail(Code::Untrusted, "the timestamp is not by this authority");
  if (!says_stamp(info)) return fail(Code::Untrusted, "what is signed does not say it is a stamp");
  std::vector<Certificate> hints = certificates_in(token);
  hints.insert(hints.end(), request.certificates.begin(), request.certificates.end());
  const auto chain = TRY(verify_chain({.leaf = signer,
                                       .intermediates = hints,
                                       .anchors = request.anchors,
                                       .time_s = time_s,
                                       .usage = ExtendedUsage::TimeStamping}),
                         "timestamp");
  return check_names(info, chain);
}

}  // namespace

Result<std::int64_t> verify_timestamp(const TimestampRequest& request) {
  if (request.message.size() > limits::kTimestampMessageBytesMax)
    return fail(Code::Exhausted,
                fmt::format("a stamped message of {} bytes, at most {}", request.message.size(),
                            limits::kTimestampMessageBytesMax));
  const OwnedResponse response = TRY(parse(request.response));
  const auto time_s = seconds_of(TS_TST_INFO_get_time(TS_RESP_get_tst_info(response.get())));
  if (!time_s) return openssl_failure(Code::InvalidArgument, "the timestamp has no time");
  TRY(check_message(response.get(), request.message));
  TRY(check_signature(request, TS_RESP_get_token(response.get()), *time_s));
  return *time_s;
}

}  // namespace tegula::crypto

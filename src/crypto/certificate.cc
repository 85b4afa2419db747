#include "crypto/certificate.h"

#include <utility>

#include <fmt/format.h>
#include <openssl/objects.h>
#include <openssl/x509_vfy.h>

#include "base/check.h"
#include "base/limits.h"
#include "crypto/pem.h"
#include "crypto/x509.h"

namespace tegula::crypto {
namespace {

constexpr int kSecurityLevel = 2;  // 112 bits: no SHA-1, no RSA under 2048

struct FreeNames {
  void operator()(GENERAL_NAMES* names) const { GENERAL_NAMES_free(names); }
};
using OwnedNames = std::unique_ptr<GENERAL_NAMES, FreeNames>;
using OwnedTime = std::unique_ptr<ASN1_TIME, Free<ASN1_TIME_free>>;

std::string text_of_string(const ASN1_STRING* string) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(string)),
          static_cast<std::size_t>(ASN1_STRING_length(string))};
}

std::string oid_text(const ASN1_OBJECT* object) {
  char text[128];
  const int size = OBJ_obj2txt(text, sizeof text, object, 1);
  return size > 0 && size < static_cast<int>(sizeof text) ? text : "";
}

AlternativeName other_name(const OTHERNAME& other) {
  AlternativeName out{.kind = AlternativeName::Kind::Other, .text = {}};
  out.oid = oid_text(other.type_id);
  if (other.value->type == V_ASN1_UTF8STRING)
    out.text = text_of_string(other.value->value.utf8string);
  return out;
}

std::optional<AlternativeName> name_of(const GENERAL_NAME& name) {
  using Kind = AlternativeName::Kind;
  switch (name.type) {
    case GEN_EMAIL: return AlternativeName{Kind::Email, text_of_string(name.d.rfc822Name)};
    case GEN_URI:
      return AlternativeName{Kind::Uri, text_of_string(name.d.uniformResourceIdentifier)};
    case GEN_DNS: return AlternativeName{Kind::Dns, text_of_string(name.d.dNSName)};
    case GEN_OTHERNAME: return other_name(*name.d.otherName);
  }
  return std::nullopt;
}

int index_of(const X509* certificate, std::string_view oid) {
  const OwnedObject object(OBJ_txt2obj(std::string(oid).c_str(), 1));
  CHECK(object != nullptr);
  return X509_get_ext_by_OBJ(certificate, object.get(), -1);
}

// RFC 5280 §4.2: an extension stands once. Which of two counts would be anybody's guess.
bool has_extension_twice(const X509* certificate) {
  for (int i = 0; i < X509_get_ext_count(certificate); ++i) {
    const ASN1_OBJECT* object = X509_EXTENSION_get_object(X509_get_ext(certificate, i));
    if (X509_get_ext_by_OBJ(certificate, object, i) >= 0) return true;
  }
  return false;
}

std::uint32_t mask_of(ExtendedUsage usage) {
  return usage == ExtendedUsage::CodeSigning ? XKU_CODE_SIGN : XKU_TIMESTAMP;
}

bool lists_usages(X509* certificate) {
  return (X509_get_extension_flags(certificate) & EXFLAG_XKUSAGE) != 0;
}

bool allows(X509* certificate, ExtendedUsage usage) {
  return !lists_usages(certificate) ||
         (X509_get_extended_key_usage(certificate) & (mask_of(usage) | XKU_ANYEKU)) != 0;
}

// RFC 5280 §4.1.2.5: a certificate is valid through its last second, which OpenSSL takes for past.
int allow_last_second(int ok, X509_STORE_CTX* context) {
  if (ok == 1 || X509_STORE_CTX_get_error(context) != X509_V_ERR_CERT_HAS_EXPIRED) return ok;
  const X509* certificate = X509_STORE_CTX_get_current_cert(context);
  const std::int64_t time_s = X509_VERIFY_PARAM_get_time(X509_STORE_CTX_get0_param(context));
  return seconds_of(X509_get0_notAfter(certificate)) == time_s ? 1 : 0;
}

std::unexpected<Error> broken_chain(const X509_STORE_CTX* context) {
  forget_openssl_errors();
  const int error = X509_STORE_CTX_get_error(context);
  return fail(Code::Untrusted,
              fmt::format("the certificate chain does not hold: {} (certificate {})",
                          X509_verify_cert_error_string(error),
                          X509_STORE_CTX_get_error_depth(context) + 1));
}

Bytes der_of(X509* certificate) {
  std::uint8_t* der = nullptr;
  const int size = i2d_X509(certificate, &der);
  CHECK(size > 0);
  Bytes out(der, der + size);
  OPENSSL_free(der);
  return out;
}

Result<void> check_size(std::size_t bytes) {
  if (bytes <= limits::kCertificateBytesMax) return {};
  return fail(Code::Exhausted, fmt::format("a certificate of {} bytes, at most {}", bytes,
                                           limits::kCertificateBytesMax));
}

Result<void> check_content(X509* certificate) {
  if (seconds_of(X509_get0_notBefore(certificate)) && seconds_of(X509_get0_notAfter(certificate)) &&
      (X509_get_extension_flags(certificate) & EXFLAG_INVALID) == 0 &&
      !has_extension_twice(certificate))
    return {};
  return openssl_failure(Code::InvalidArgument, "the certificate contradicts itself");
}

}  // namespace

Certificate CertificateAccess::share(X509* certificate) {
  CHECK(X509_up_ref(certificate) == 1);
  return Certificate(OwnedX509(certificate), der_of(certificate));
}

Result<Certificate> CertificateAccess::adopt(X509* certificate) {
  Certificate out = share(certificate);
  TRY(check_size(out.der().size()));
  TRY(check_content(certificate));
  return out;
}

OwnedStack stack_of(std::span<const Certificate> certificates) {
  OwnedStack out(sk_X509_new_null());
  CHECK(out != nullptr);
  for (const Certificate& one : certificates) {
    X509* handle = CertificateAccess::handle(one);
    CHECK(X509_up_ref(handle) == 1 && sk_X509_push(out.get(), handle) > 0);
  }
  return out;
}

OwnedStore store_at(std::int64_t time_s) {
  OwnedStore out(X509_STORE_new());
  CHECK(out != nullptr);
  X509_STORE_set_verify_cb(out.get(), allow_last_second);
  X509_VERIFY_PARAM* rules = X509_STORE_get0_param(out.get());
  X509_VERIFY_PARAM_set_time(rules, time_s);
  X509_VERIFY_PARAM_set_flags(rules, X509_V_FLAG_PARTIAL_CHAIN);
  X509_VERIFY_PARAM_set_depth(rules, static_cast<int>(limits::kCertificateChainMax));
  X509_VERIFY_PARAM_set_auth_level(rules, kSecurityLevel);
  return out;
}

std::optional<std::int64_t> seconds_of(const ASN1_TIME* time) {
  constexpr std::int64_t kDay = 86'400;
  const OwnedTime epoch(ASN1_TIME_set(nullptr, 0));
  int days = 0, seconds = 0;
  if (ASN1_TIME_diff(&days, &seconds, epoch.get(), time) != 1) return std::nullopt;
  return days * kDay + seconds;
}

Result<Certificate> Certificate::from_der(ByteView der) {
  start_openssl();
  TRY(check_size(der.size()));
  const std::uint8_t* at = der.data();
  OwnedX509 handle(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
  if (handle == nullptr || at != der.data() + der.size())
    return openssl_failure(Code::InvalidArgument, "expected one certificate in DER");
  TRY(check_content(handle.get()));
  return Certificate(std::move(handle), Bytes(der.begin(), der.end()));
}

Result<Certificate> Certificate::from_pem(std::string_view pem) {
  if (pem.size() > 2 * limits::kCertificateBytesMax)
    return fail(Code::Exhausted, fmt::format("a certificate of {} bytes of PEM, at most {}",
                                             pem.size(), 2 * limits::kCertificateBytesMax));
  return from_der(TRY(pem_decode("CERTIFICATE", pem)));
}

Result<PublicKey> Certificate::public_key() const {
  std::uint8_t* der = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(handle_.get()), &der);
  CHECK(size > 0);
  const Bytes bytes(der, der + size);
  OPENSSL_free(der);
  return PublicKey::from_der(bytes);
}

Hash256 Certificate::public_key_hash() const {
  std::uint8_t* der = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(handle_.get()), &der);
  CHECK(size > 0);
  const Hash256 hash = sha256({der, static_cast<std::size_t>(size)});
  OPENSSL_free(der);
  return hash;
}

Validity Certificate::validity() const {
  return {.not_before_s = *seconds_of(X509_get0_notBefore(handle_.get())),
          .not_after_s = *seconds_of(X509_get0_notAfter(handle_.get()))};
}

bool Certificate::is_authority() const { return X509_check_ca(handle_.get()) == 1; }

bool Certificate::is_self_issued() const {
  return X509_NAME_cmp(X509_get_subject_name(handle_.get()), X509_get_issuer_name(handle_.get())) ==
         0;
}

std::vector<AlternativeName> Certificate::names() const {
  std::vector<AlternativeName> out;
  const OwnedNames names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(handle_.get(), NID_subject_alt_name, nullptr, nullptr)));
  forget_openssl_errors();
  for (int i = 0; names != nullptr && i < sk_GENERAL_NAME_num(names.get()); ++i)
    if (auto name = name_of(*sk_GENERAL_NAME_value(names.get(), i)))
      out.push_back(std::move(*name));
  return out;
}

bool Certificate::has(ExtendedUsage usage) const {
  return lists_usages(handle_.get()) &&
         (X509_get_extended_key_usage(handle_.get()) & mask_of(usage)) != 0;
}

std::optional<Bytes> Certificate::extension(std::string_view oid) const {
  const int index = index_of(handle_.get(), oid);
  if (index < 0) return std::nullopt;
  const ASN1_OCTET_STRING* value = X509_EXTENSION_get_data(X509_get_ext(handle_.get(), index));
  const std::uint8_t* data = ASN1_STRING_get0_data(value);
  return Bytes(data, data + ASN1_STRING_length(value));
}

Bytes Certificate::signed_part_without(std::string_view oid) const {
  const OwnedX509 copy(X509_dup(handle_.get()));
  CHECK(copy != nullptr);
  if (const int index = index_of(copy.get(), oid); index >= 0)
    X509_EXTENSION_free(X509_delete_ext(copy.get(), index));
  std::uint8_t* der = nullptr;
  const int size = i2d_re_X509_tbs(copy.get(), &der);
  CHECK(size > 0);
  Bytes out(der, der + size);
  OPENSSL_free(der);
  return out;
}

Result<std::vector<Certificate>> verify_chain(const ChainRequest& request) {
  if (!request.leaf.has(request.usage))
    return fail(Code::Untrusted, "the certificate is not for this use");
  const OwnedStack intermediates = stack_of(request.intermediates);
  const OwnedStack anchors = stack_of(request.anchors);
  const OwnedStore store = store_at(request.time_s);
  const OwnedStoreContext context(X509_STORE_CTX_new());
  CHECK(context != nullptr);
  CHECK(X509_STORE_CTX_init(context.get(), store.get(), CertificateAccess::handle(request.leaf),
                            intermediates.get()) == 1);
  X509_STORE_CTX_set0_trusted_stack(context.get(), anchors.get());
  if (X509_verify_cert(context.get()) != 1) return broken_chain(context.get());
  std::vector<Certificate> out;
  const STACK_OF(X509)* chain = X509_STORE_CTX_get0_chain(context.get());
  for (int i = 0; i < sk_X509_num(chain); ++i) {
    X509* one = sk_X509_value(chain, i);
    if (!allows(one, request.usage))
      return fail(Code::Untrusted, "an authority of the chain is not for this use");
    out.push_back(CertificateAccess::share(one));
  }
  return out;
}

}  // namespace tegula::crypto

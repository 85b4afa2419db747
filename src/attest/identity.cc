#include "attest/identity.h"

#include <fmt/format.h>

#include "attest/der.h"
#include "base/utf8.h"
#include "content/digest.h"

namespace tegula::attest {
namespace {

constexpr std::string_view kIssuerOid = "1.3.6.1.4.1.57264.1.8";
constexpr std::string_view kOldIssuerOid = "1.3.6.1.4.1.57264.1.1";
constexpr std::string_view kUserNameOid = "1.3.6.1.4.1.57264.1.7";

// A zero byte would end it for some readers.
bool is_text(std::string_view text) { return is_utf8(text) && text.find('\0') == text.npos; }

Result<std::string> name_in(const crypto::Certificate& certificate) {
  using Kind = crypto::AlternativeName::Kind;
  const auto names = certificate.names();
  if (names.size() != 1)
    return fail(Code::Untrusted,
                fmt::format("the certificate has {} names, not one", names.size()));
  const crypto::AlternativeName& name = names[0];
  const bool is_known = name.kind == Kind::Email || name.kind == Kind::Uri ||
                        (name.kind == Kind::Other && name.oid == kUserNameOid);
  if (is_known && !name.text.empty() && is_text(name.text)) return name.text;
  return fail(Code::Untrusted, "the certificate's name is of no kind that a signer has");
}

Result<std::string> issuer_text(ByteView bytes) {
  if (is_text(text_of(bytes))) return std::string(text_of(bytes));
  return fail(Code::Untrusted, "the certificate's issuer is not in UTF-8");
}

Result<std::string> issuer_in(const crypto::Certificate& certificate) {
  if (const auto value = certificate.extension(kIssuerOid)) {
    const auto text = der_content(kDerUtf8String, *value);
    if (!text) return fail(Code::Untrusted, "the certificate's issuer is not a UTF8String");
    return issuer_text(*text);
  }
  const auto old = certificate.extension(kOldIssuerOid);
  return old ? issuer_text(*old) : std::string();
}

}  // namespace

Result<Identity> identity_of(const crypto::Certificate& certificate) {
  std::string name = TRY(name_in(certificate));
  std::string issuer = TRY(issuer_in(certificate));
  return Identity{.name = std::move(name), .issuer = std::move(issuer)};
}

std::string key_digest(const crypto::PublicKey& key) {
  return content::Digest::of(key.der()).str();
}

}  // namespace tegula::attest

#include "attest/bundle_claim.h"

#include <algorithm>

#include "attest/identity.h"
#include "attest/logged_key.h"
#include "attest/statement.h"
#include "base/base64.h"
#include "content/digest.h"

namespace tegula::attest {
namespace {

std::string name_of(const CertificateChain& chain) {
  if (chain.certificates.empty()) return {};
  const auto leaf = crypto::Certificate::from_der(chain.certificates.front());
  if (!leaf) return {};
  const auto identity = identity_of(*leaf);
  return identity ? identity->name : std::string();
}

// By custom the hint is base64 of SHA-256 over the key.
std::string key_of(const KeyHint& hint, const Bundle& bundle) {
  if (const auto key = logged_key(bundle)) return "key " + content::Digest::of(key->der()).str();
  crypto::Hash256 hash{};
  const auto bytes = base64_decode(hint.hint);
  if (!bytes || bytes->size() != hash.size()) return {};
  std::ranges::copy(*bytes, hash.begin());
  return "key " + content::Digest(hash).str();
}

}  // namespace

BundleClaim claim_of(const Bundle& bundle) {
  BundleClaim out;
  const auto* chain = std::get_if<CertificateChain>(&bundle.key);
  out.signer = chain != nullptr ? name_of(*chain) : key_of(std::get<KeyHint>(bundle.key), bundle);
  const auto* envelope = std::get_if<Envelope>(&bundle.content);
  if (envelope == nullptr) return out;
  if (auto statement = parse_statement(text_of(envelope->payload)))
    out.predicate_type = std::move(statement->predicate_type);
  return out;
}

}  // namespace tegula::attest

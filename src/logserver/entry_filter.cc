#include "logserver/entry_filter.h"

#include <algorithm>

#include "crypto/certificate.h"

namespace tegula::logserver {
namespace {

Bytes key_of(const HashedRekord& rekord) {
  if (!rekord.is_certificate) return rekord.verifier;
  const auto certificate = crypto::Certificate::from_der(rekord.verifier);
  if (!certificate) return {};
  const auto key = certificate->public_key();
  return key ? key->der() : Bytes();
}

}  // namespace

std::vector<std::string> identities_of(const HashedRekord& rekord) {
  std::vector<std::string> out;
  if (!rekord.is_certificate) return out;
  const auto certificate = crypto::Certificate::from_der(rekord.verifier);
  if (!certificate) return out;
  const std::vector<crypto::AlternativeName> names = certificate->names();
  for (const crypto::AlternativeName& name : names)
    if (!name.text.empty()) out.push_back(name.text);
  return out;
}

bool matches(const EntryFilter& filter, const HashedRekord& rekord) {
  if (filter.digest && *filter.digest != rekord.digest) return false;
  if (!filter.key.empty() && filter.key != key_of(rekord)) return false;
  if (filter.identity.empty()) return true;
  const std::vector<std::string> names = identities_of(rekord);
  return std::ranges::find(names, filter.identity) != names.end();
}

}  // namespace tegula::logserver

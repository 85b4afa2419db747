// Which entries of a Rekor log somebody wants to see: a log's leaves hold no names, so they are
// looked for by what was signed or by whom.
//
// Thread rule: values.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "logserver/hashed_rekord.h"

namespace tegula::logserver {

struct EntryFilter {
  std::optional<crypto::Hash256> digest{};  // of what was signed
  Bytes key{};             // who signed: SubjectPublicKeyInfo; also of a certificate
  std::string identity{};  // a name in the certificate: an address, a URI

  bool is_empty() const { return !digest && key.empty() && identity.empty(); }
};

// All that the filter asks for holds.
bool matches(const EntryFilter& filter, const HashedRekord& rekord);

// The names in its certificate; none for a bare key, or for a certificate that can't be read.
std::vector<std::string> identities_of(const HashedRekord& rekord);

}  // namespace tegula::logserver

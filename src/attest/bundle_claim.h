// What a bundle says of itself, for people who are told that it doesn't count. Nothing of it is
// verified.
//
// Thread rule: a value.
#pragma once

#include <string>

#include "attest/bundle.h"

namespace tegula::attest {

struct BundleClaim {
  std::string predicate_type{};  // empty: no statement, or none that can be read
  std::string signer{};          // "key sha256:…", or an identity; empty: it doesn't say

  bool operator==(const BundleClaim&) const = default;
};

BundleClaim claim_of(const Bundle& bundle);

}  // namespace tegula::attest

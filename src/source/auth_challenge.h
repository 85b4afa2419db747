// What a registry asks for with a 401: the field WWW-Authenticate (RFC 9110 §11.6.1;
// docs/reference/registry-client.md#signing-in). Inside of this folder only.
//
// Thread rule: values and pure functions. Errors: Corrupt.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace tegula::source {

struct AuthChallenge {
  std::string scheme;                                               // lower case: "bearer"
  std::map<std::string, std::string, std::less<>> parameters = {};  // names in lower case

  std::string get(std::string_view name) const;  // empty if it isn't there
};

Result<std::vector<AuthChallenge>> parse_auth_challenges(std::string_view text);

}  // namespace tegula::source

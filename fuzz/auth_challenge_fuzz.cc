// What a registry says in WWW-Authenticate, and a credential file: neither does harm.
#include "base/bytes.h"
#include "base/check.h"
#include "source/auth_challenge.h"
#include "source/credentials.h"

using namespace tegula::source;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = tegula::text_of({data, size});
  if (const auto challenges = parse_auth_challenges(text))
    for (const AuthChallenge& challenge : *challenges) CHECK(!challenge.scheme.empty());
  if (const auto file = parse_credentials(text))
    for (const auto& [host, credential] : file->by_host) CHECK(credential != Credential());
  return 0;
}

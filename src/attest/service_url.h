// Addresses of Sigstore's services, as far as an offline verifier needs them: who they say they
// are. Whoever calls one parses it with net::Url.
//
// Thread rule: free functions over values.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace tegula::attest {

// http or https, a host of visible ASCII characters, perhaps a port and a path. Corrupt for any
// other text, Exhausted past a limit.
Result<void> check_service_url(std::string_view url);

// Of a checked URL: "log.example:8080", and "log.example".
std::string url_authority(std::string_view url);
std::string url_host(std::string_view url);

}  // namespace tegula::attest

#include "net/curl_environment.h"

namespace tegula::net {
namespace {

std::string variable(const os::Environment& environment, std::string_view name,
                     std::string_view other = {}) {
  const std::string value = environment.get(name).value_or("");
  return value.empty() && !other.empty() ? environment.get(other).value_or("") : value;
}

// As curl's own: http_proxy in lower case only, since a web server sets the other for its scripts.
Proxies proxies_of(const os::Environment& environment) {
  const std::string all = variable(environment, "all_proxy", "ALL_PROXY");
  Proxies out{.http = variable(environment, "http_proxy"),
              .https = variable(environment, "https_proxy", "HTTPS_PROXY"),
              .except = variable(environment, "no_proxy", "NO_PROXY")};
  if (out.http.empty()) out.http = all;
  if (out.https.empty()) out.https = all;
  return out;
}

}  // namespace

CurlOptions curl_options(const os::Environment& environment) {
  CurlOptions out;
  out.ca_file = variable(environment, "SSL_CERT_FILE");
  out.proxies = proxies_of(environment);
  return out;
}

}  // namespace tegula::net

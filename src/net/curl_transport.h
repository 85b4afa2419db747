// The real Transport: libcurl, with TLS verified, nothing taken from the process's environment, and
// connections kept for the next request.
//
// Thread rule: thread-safe; exchanges on several threads run side by side.
#pragma once

#include <memory>
#include <string>

#include "net/rate_limit.h"
#include "net/transport.h"

namespace tegula::net {

// Servers in between, as curl's environment variables have them; empty: none.
struct Proxies {
  std::string http = {};  // "http://proxy:3128"
  std::string https = {};
  std::string except = {};  // hosts that are reached directly: "localhost,.example.org"
};

struct CurlOptions {
  std::string user_agent = "tegula";
  std::string ca_file = {};  // certificates to trust, PEM; empty: the system's
  Proxies proxies = {};
  RateLimit* rate = nullptr;  // of what is received; must outlive the transport
};

// Unsupported without libcurl.
Result<std::unique_ptr<Transport>> create_curl_transport(const CurlOptions& options);

}  // namespace tegula::net

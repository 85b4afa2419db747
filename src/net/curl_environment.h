// How this user's environment wants servers reached: proxies and certificates.
#pragma once

#include "net/curl_transport.h"
#include "os/environment.h"

namespace tegula::net {

CurlOptions curl_options(const os::Environment& environment);

}  // namespace tegula::net

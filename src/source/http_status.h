// What a server's status means to us. Inside of this folder only.
//
// Thread rule: pure functions.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "net/transport.h"

namespace tegula::source {

// The error that a reply without success is: NotFound (404), PermissionDenied (401, 403),
// Unavailable (408, 429, 5xx: try again), Corrupt (416), else Unsupported. What the server says of
// it, in the form of OCI distribution or of a model hub, is in the text.
Error error_of_reply(const net::HttpReply& reply, std::string_view what);

}  // namespace tegula::source

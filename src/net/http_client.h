// HTTP/1.1 to a server on a Unix stream socket, one request a connection.
//
// Errors: Unavailable (nobody listens, the connection broke), Corrupt (not HTTP), Exhausted (over a
// limit), Cancelled (by `stop`, seen within 50 ms; the connection is closed, so the server
// notices). Thread rule: free functions; thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "base/stop.h"
#include "net/message.h"
#include "os/descriptor.h"

namespace tegula::net {

struct Request {
  std::string method = "GET";
  std::string target = "/";
  std::vector<Header> headers{};
  std::string body{};
};

struct Reply {
  int status = 0;
  std::vector<Header> headers{};
  std::string body{};
};

struct ReplyLimits {
  std::uint64_t body_bytes_max = limits::kEngineReplyBytesMax;
  std::uint32_t header_bytes_max = limits::kHttpHeaderBytesMax;
};

// A connected stream socket. `path` may be longer than a socket address holds if the platform can
// reach it through its folder (Linux).
Result<os::Descriptor> connect_unix(const std::string& path, const Stop& stop = {});

// Sends and reads the whole reply. The socket is used up.
Result<Reply> exchange(os::Descriptor socket, const Request& request, const Stop& stop = {},
                       const ReplyLimits& limits = {});

// The same, but the body of a 2xx reply goes to `sink` as it arrives and Reply::body stays empty.
// Other replies are collected in Reply::body.
Result<Reply> stream(os::Descriptor socket, const Request& request, const BodySink& sink,
                     const Stop& stop = {}, const ReplyLimits& limits = {});

}  // namespace tegula::net

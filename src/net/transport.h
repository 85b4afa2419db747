// HTTP to servers elsewhere. A Transport makes one exchange; follow() makes the further ones that a
// server's redirects ask for. Everything above speaks to this interface, so that tests can play the
// server.
//
// Errors: Unavailable (not reached, broke off, stalled, past the deadline), Untrusted (its
// certificate, a redirect that must not be followed), Corrupt (not HTTP), Exhausted (over a limit),
// Cancelled, and whatever a handler or sink returned. A reply with an error status is a reply.
// Thread rule: a Transport is thread-safe; a handler and its sink are called on the calling thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/limits.h"
#include "base/stop.h"
#include "net/message.h"
#include "net/url.h"

namespace tegula::net {

// A body that is not in memory. It may be read more than once, from any offset; a read fills the
// span, with less only at the end.
struct Upload {
  std::uint64_t size = 0;
  std::function<Result<std::size_t>(std::uint64_t offset, std::span<std::uint8_t> into)> read;
};

struct HttpRequest {
  std::string method = "GET";
  Url url;
  std::vector<Header> headers = {};
  std::string body = {};
  Upload upload = {};  // instead of `body`, if it has a `read`
  std::uint64_t reply_bytes_max = limits::kHttpReplyBytesMax;  // of a body kept in memory
  std::chrono::seconds stall_max = limits::kHttpStallMax;      // without a byte either way
};

struct ReplyHead {
  int status = 0;
  std::vector<Header> headers = {};

  bool is_success() const { return status >= 200 && status < 300; }
};

struct HttpReply {
  ReplyHead head;
  std::string body = {};  // unless it went to a sink
  Url url;                // that answered: the last one, after redirects
};

// Sees the head of the reply before its body and says where that goes: to a sink, or, if the sink
// is empty, into HttpReply::body. An error ends the exchange.
using ReplyHandler = std::function<Result<BodySink>(const ReplyHead&)>;

// Keeps every body.
Result<BodySink> keep_body(const ReplyHead& head);

class Transport {
 public:
  virtual ~Transport() = default;

  // One request, one reply. A redirect is a reply like any other.
  virtual Result<HttpReply> exchange(const HttpRequest& request, const ReplyHandler& handler,
                                     const Stop& stop) = 0;
};

// The same, through at most kHttpRedirectsMax redirects. The handler sees the last reply only.
//
// What identifies the user (Authorization, Cookie) stays with the origin it was meant for and is
// not sent again after the chain has left it. A redirect from https to http, or from elsewhere to
// this machine, is refused. Only GET and HEAD follow 301, 302 and 303.
Result<HttpReply> follow(Transport& transport, HttpRequest request, const ReplyHandler& handler,
                         const Stop& stop);

}  // namespace tegula::net

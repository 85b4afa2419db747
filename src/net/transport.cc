#include "net/transport.h"

#include <algorithm>

#include <fmt/format.h>

namespace tegula::net {
namespace {

bool is_reading(const HttpRequest& request) {
  return request.method == "GET" || request.method == "HEAD";
}

bool is_redirect(const HttpRequest& request, int status) {
  if (status == 307 || status == 308) return true;
  return (status == 301 || status == 302 || status == 303) && is_reading(request);
}

// What says who the user is.
bool is_credential(const Header& header) {
  const std::vector<Header> one = {header};
  return find_header(one, "authorization") || find_header(one, "cookie");
}

Result<Url> next_address(const Url& from, const ReplyHead& head) {
  const auto location = find_header(head.headers, "location");
  if (!location)
    return fail(Code::Corrupt, fmt::format("\"{}\" answered {} without saying where to go",
                                           from.origin(), head.status));
  Url to = TRY(from.resolve(*location), fmt::format("redirect from \"{}\"", from.origin()));
  if (from.is_secure() && !to.is_secure())
    return fail(Code::Untrusted, fmt::format("\"{}\" redirects to \"{}\", which is not encrypted",
                                             from.origin(), to.origin()));
  if (to.is_loopback() && !from.is_loopback())
    return fail(Code::Untrusted, fmt::format("\"{}\" redirects to this machine (\"{}\")",
                                             from.origin(), to.origin()));
  return to;
}

}  // namespace

Result<BodySink> keep_body(const ReplyHead&) { return BodySink(); }

Result<HttpReply> follow(Transport& transport, HttpRequest request, const ReplyHandler& handler,
                         const Stop& stop) {
  for (std::size_t redirects = 0;; ++redirects) {
    bool redirected = false;
    const ReplyHandler look = [&](const ReplyHead& head) -> Result<BodySink> {
      redirected = is_redirect(request, head.status);
      if (!redirected) return handler(head);
      return BodySink([](std::string_view) -> Result<void> { return {}; });  // a page for people
    };
    HttpReply reply = TRY(transport.exchange(request, look, stop));
    if (!redirected) return reply;
    if (redirects == limits::kHttpRedirectsMax)
      return fail(Code::Exhausted, fmt::format("more than {} redirects, the last one to \"{}\"",
                                               limits::kHttpRedirectsMax, request.url.origin()));
    const Url to = TRY(next_address(request.url, reply.head));
    if (to.origin() != request.url.origin()) std::erase_if(request.headers, is_credential);
    request.url = to;
  }
}

}  // namespace tegula::net

#include "logserver/rekor_client.h"

#include <fmt/format.h>

#include "base/limits.h"
#include "base/printable.h"
#include "codec/json.h"

namespace tegula::logserver {
namespace {

constexpr int kCreated = 201, kConflict = 409, kTooMany = 429;

// What the log says is wrong; what isn't JSON of its kind is of no use to anybody.
std::string reason_of(std::string_view body) {
  const auto json = codec::parse_json(body);
  if (!json || !json->is_object()) return {};
  const auto message = json->find("message");
  if (message == json->end() || !message->is_string()) return {};
  return ": " + printable(message->get_ref<const std::string&>());
}

std::unexpected<Error> refused(std::string_view url, const net::HttpReply& reply) {
  const int status = reply.head.status;
  const Code code = status == kConflict                   ? Code::AlreadyExists
                    : status == kTooMany || status >= 500 ? Code::Unavailable
                                                          : Code::InvalidArgument;
  return fail(code, fmt::format("{}: the log answered {}{}", url, status, reason_of(reply.body)));
}

}  // namespace

Result<std::string> post_rekord(net::Transport& transport, const std::string& url,
                                std::string request, const Stop& stop) {
  std::string_view base = url;
  while (base.ends_with('/')) base.remove_suffix(1);
  net::Url place = TRY(net::Url::parse(fmt::format("{}/api/v2/log/entries", base)));
  net::HttpRequest post{.method = "POST", .url = std::move(place)};
  post.headers = {{.name = "Content-Type", .value = "application/json"},
                  {.name = "Accept", .value = "application/json"}};
  post.body = std::move(request);
  post.reply_bytes_max = limits::kBundleBytesMax;
  net::HttpReply reply = TRY(transport.exchange(post, net::keep_body, stop), base);
  if (reply.head.status != kCreated) return refused(base, reply);
  return std::move(reply.body);
}

}  // namespace tegula::logserver

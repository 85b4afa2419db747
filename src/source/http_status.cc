#include "source/http_status.h"

#include <fmt/format.h>

#include "base/printable.h"
#include "codec/json.h"

namespace tegula::source {
namespace {

constexpr std::size_t kMessageCharsMax = 200;

// {"errors":[{"message":…}]} of a registry, {"error":…} of a hub; else nothing.
std::string message_in(const std::string& body) {
  const auto json = codec::parse_json(body);
  if (!json || !json->is_object()) return {};
  if (const auto error = codec::string_member(*json, "error")) return *error;
  const auto errors = codec::array_member(*json, "errors");
  if (!errors || (*errors)->empty()) return {};
  const codec::Json& first = (*errors)->front();
  for (const std::string_view name : {"message", "code"})
    if (const auto text = codec::string_member(first, name); text && !text->empty()) return *text;
  return {};
}

Code code_of(int status) {
  if (status == 404 || status == 410) return Code::NotFound;
  if (status == 401 || status == 403 || status == 407) return Code::PermissionDenied;
  if (status == 408 || status == 429 || status >= 500) return Code::Unavailable;
  return status == 416 ? Code::Corrupt : Code::Unsupported;
}

}  // namespace

Error error_of_reply(const net::HttpReply& reply, std::string_view what) {
  const std::string message = message_in(reply.body);
  std::string text =
      fmt::format("{}: \"{}\" answered {}", what, reply.url.origin(), reply.head.status);
  if (!message.empty()) text += fmt::format(" ({})", printable(message, kMessageCharsMax));
  return {code_of(reply.head.status), std::move(text), {}};
}

}  // namespace tegula::source

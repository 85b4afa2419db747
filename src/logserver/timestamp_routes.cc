#include "logserver/timestamp_routes.h"

#include <utility>

#include <fmt/format.h>

#include "base/limits.h"
#include "logserver/timestamp_http.h"

namespace tegula::logserver {
namespace {

net::ServerReply handle(TimestampService& service, const net::ServerRequest& request) {
  if (request.method != "POST") {
    net::ServerReply out = net::text_reply(405, "queries are posted");
    out.headers.push_back({.name = "Allow", .value = "POST"});
    return out;
  }
  if (!has_type(request.headers, kTimestampQueryType))
    return net::text_reply(415, fmt::format("expected {}", kTimestampQueryType));
  const auto answer = service.answer(bytes_of(request.body));
  if (!answer)
    return net::text_reply(answer.error().code == Code::Exhausted ? 413 : 400, answer.error().text);
  return {.status = answer->refusal ? 200 : 201,
          .headers = {{.name = "Content-Type", .value = std::string(kTimestampReplyType)}},
          .body = std::string(text_of(answer->response))};
}

}  // namespace

net::ServerHandler timestamp_handler(TimestampService& service, net::ServerHandler others) {
  return [&service, others = std::move(others)](net::ServerRequest request,
                                                const net::Responder& respond) {
    if (request.path != kTimestampPath) return others(std::move(request), respond);
    respond(handle(service, request));
  };
}

}  // namespace tegula::logserver

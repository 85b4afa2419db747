#include "logserver/witness_routes.h"

#include <utility>

namespace tegula::logserver {
namespace {

constexpr std::string_view kSuffix = "/checkpoint";

net::ServerReply to_http(WitnessReply reply) {
  const char* type = reply.is_size ? "text/x.tlog.size" : "text/plain; charset=utf-8";
  return {.status = reply.status,
          .headers = {{.name = "Content-Type", .value = type}},
          .body = std::move(reply.body)};
}

net::ServerReply handle(Witness& witness, const net::ServerRequest& request) {
  std::string_view path = request.path;
  if (path == "/add-checkpoint") {
    if (request.method == "POST") return to_http(witness.add_checkpoint(request.body));
    net::ServerReply out = net::text_reply(405, "checkpoints are posted");
    out.headers.push_back({.name = "Allow", .value = "POST"});
    return out;
  }
  const bool reads = request.method == "GET" || request.method == "HEAD";
  if (reads && path.ends_with(kSuffix) && path.size() > kSuffix.size()) {
    path.remove_suffix(kSuffix.size());
    if (auto note = witness.checkpoint(path.substr(1)))
      return to_http({.status = 200, .body = std::move(*note)});
  }
  return net::text_reply(404, "there is nothing here");
}

}  // namespace

net::ServerHandler witness_handler(Witness& witness) {
  return [&witness](const net::ServerRequest& request, const net::Responder& respond) {
    respond(handle(witness, request));
  };
}

}  // namespace tegula::logserver

#include "net/fake_transport.h"

#include <fmt/format.h>

namespace tegula::net {
namespace {

constexpr std::size_t kPieceBytes = 10'000;  // small and odd, so that pieces meet no boundary

Result<std::string> whole_body(const HttpRequest& request) {
  if (!request.upload.read) return request.body;
  std::string out(request.upload.size, '\0');
  const std::span<std::uint8_t> into(reinterpret_cast<std::uint8_t*>(out.data()), out.size());
  const std::size_t got = TRY(request.upload.read(0, into));
  out.resize(got);
  return out;
}

}  // namespace

Result<HttpReply> FakeTransport::exchange(const HttpRequest& request, const ReplyHandler& handler,
                                          const Stop& stop) {
  TRY(stop.check());
  HttpRequest seen = request;
  seen.body = TRY(whole_body(request));
  seen.upload = {};
  const FakeReply reply = server_(seen);
  {
    const std::lock_guard lock(mutex_);
    requests_.push_back(seen);
  }
  HttpReply out{.head = {reply.status, reply.headers}, .url = request.url};
  const BodySink sink = TRY(handler(out.head));
  for (std::size_t at = 0; at < reply.body.size() && request.method != "HEAD"; at += kPieceBytes) {
    TRY(stop.check());
    const std::string_view piece = std::string_view(reply.body).substr(at, kPieceBytes);
    if (sink) TRY(sink(piece));
    if (!sink) out.body += piece;
  }
  if (reply.breaks_off) return fail(Code::Unavailable, "the connection ended before the reply did");
  if (out.body.size() > request.reply_bytes_max)
    return fail(Code::Exhausted, "the reply is larger than allowed");
  return out;
}

std::vector<HttpRequest> FakeTransport::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

std::vector<std::string> FakeTransport::log() const {
  std::vector<std::string> out;
  for (const HttpRequest& request : requests())
    out.push_back(fmt::format("{} {}", request.method, request.url.str()));
  return out;
}

}  // namespace tegula::net

#include "infer/engine_client.h"

#include "infer/answer_reader.h"
#include "net/http_client.h"
#include "net/sse.h"

namespace tegula::infer {

namespace {

net::Request post(std::string target, std::string body) {
  return {.method = "POST",
          .target = std::move(target),
          .headers = {{"Content-Type", "application/json"}},
          .body = std::move(body)};
}

Answer cancelled(AnswerReader& reader) {
  Answer answer = reader.finish();
  answer.stop_reason = StopReason::Cancelled;
  return answer;
}

}  // namespace

double milliseconds_since(MonotonicTime start, const Clock& clock) {
  return std::chrono::duration<double, std::milli>(clock.monotonic() - start).count();
}

// A broken connection is usually a dead engine: then say how it died instead.
Error EngineClient::explain(Error error) const {
  if (error.code != Code::Unavailable && error.code != Code::Corrupt) return error;
  std::optional<Error> why = why_();
  return why ? std::move(*why) : std::move(error);
}

Result<Answer> EngineClient::ask(std::string target, std::string body, MonotonicTime start,
                                 const PieceSink& sink, const Stop& stop) const {
  AnswerReader reader(sink, [&] { return milliseconds_since(start, clock_); });
  bool sink_failed = false;
  net::SseParser events([&](const net::SseEvent& event) -> Result<void> {
    Result<void> taken = reader.take(event.data);
    sink_failed = !taken;
    return taken;
  });
  const auto send = [&]() -> Result<net::Reply> {
    os::Descriptor socket = TRY(net::connect_unix(socket_, stop));
    return net::stream(
        std::move(socket), post(std::move(target), std::move(body)),
        [&](std::string_view piece) { return events.feed(piece); }, stop);
  };
  Result<net::Reply> reply = send();
  if (!reply) {
    if (stop.cancelled()) return cancelled(reader);
    if (sink_failed) return std::unexpected(std::move(reply).error());
    return std::unexpected(explain(std::move(reply).error()));
  }
  if (reply->status < 200 || reply->status >= 300)
    return std::unexpected(explain(parse_error_reply(reply->status, reply->body)));
  if (reader.is_done()) return reader.finish();
  return std::unexpected(
      explain({Code::Corrupt, "the engine ended its answer without saying so", {}}));
}

Result<Answer> EngineClient::chat(const ChatRequest& request, const PieceSink& sink,
                                  const Stop& stop) const {
  const MonotonicTime start = clock_.monotonic();
  return ask("/v1/chat/completions", TRY(request_body(request, context_)), start, sink, stop);
}

Result<Answer> EngineClient::complete(const CompletionRequest& request, const PieceSink& sink,
                                      const Stop& stop) const {
  const MonotonicTime start = clock_.monotonic();
  return ask("/completion", TRY(request_body(request, context_)), start, sink, stop);
}

Result<std::uint32_t> EngineClient::count_tokens(const ChatRequest& request,
                                                 const Stop& stop) const {
  os::Descriptor socket = TRY(net::connect_unix(socket_, stop));
  Result<net::Reply> reply = net::exchange(
      std::move(socket),
      post("/v1/chat/completions/input_tokens", TRY(request_body(request, context_))), stop);
  if (!reply) return std::unexpected(explain(std::move(reply).error()));
  if (reply->status != 200) return std::unexpected(parse_error_reply(reply->status, reply->body));
  return parse_token_count(reply->body);
}

}  // namespace tegula::infer

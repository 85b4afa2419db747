#include "infer/engine_process.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/check.h"
#include "infer/answer_reader.h"
#include "infer/engine_child.h"
#include "net/http_client.h"
#include "net/sse.h"

namespace tegula::infer {

struct ProcessEngine::State {
  std::unique_ptr<EngineChild> child{};
  const Clock* clock = nullptr;
  EngineInfo info{};
};

namespace {

double milliseconds_since(MonotonicTime start, const Clock& clock) {
  return std::chrono::duration<double, std::milli>(clock.monotonic() - start).count();
}

Result<void> check_required(const std::vector<os::BarrierState>& states,
                            const std::vector<os::Barrier>& required) {
  for (const os::Barrier barrier : required) {
    const auto at = std::find_if(states.begin(), states.end(), [&](const os::BarrierState& state) {
      return state.barrier == barrier;
    });
    if (at != states.end() && at->enforced) continue;
    return fail(
        Code::Unavailable,
        fmt::format("this machine cannot enforce the perimeter's barrier \"{}\": {}",
                    os::barrier_name(barrier), at == states.end() ? "it was left out" : at->detail),
        "tegula perimeter shows what it can enforce");
  }
  return {};
}

// Reads messages until the engine can answer.
Result<void> wait_until_ready(EngineChild& child, const EngineHost& host, EngineInfo& info,
                              const Stop& stop) {
  bool has_perimeter = false;
  while (true) {
    const Message message = TRY(child.next_message(stop));
    if (const auto* const perimeter = std::get_if<PerimeterMessage>(&message)) {
      info.perimeter = perimeter->barriers;
      TRY(check_required(info.perimeter, host.required));
      has_perimeter = true;
    } else if (const auto* const failed = std::get_if<FailedMessage>(&message)) {
      return std::unexpected(failed->error);
    } else if (const auto* const ready = std::get_if<ReadyMessage>(&message)) {
      if (!has_perimeter) return fail(Code::Untrusted, "the engine set up no perimeter");
      info.context = ready->context;
      info.trained_context = ready->trained_context;
      info.parameters = ready->parameters;
      info.accelerator = ready->accelerator;
      info.load_ms = ready->load_ms;
      return {};
    }
  }
}

net::Request post(std::string target, std::string body) {
  return {.method = "POST",
          .target = std::move(target),
          .headers = {{"Content-Type", "application/json"}},
          .body = std::move(body)};
}

// A broken connection is usually a dead engine: then say how it died instead.
Error explain(Error error, EngineChild& child) {
  if (error.code != Code::Unavailable && error.code != Code::Corrupt) return error;
  std::optional<Error> why = child.why_it_ended();
  return why ? std::move(*why) : std::move(error);
}

struct Exchange {
  EngineChild& child;
  const Clock& clock;
  const PieceSink& sink;
  const Stop& stop;
  MonotonicTime start;

  Result<Answer> run(std::string target, std::string body) {
    AnswerReader reader(sink, [this] { return milliseconds_since(start, clock); });
    bool sink_failed = false;
    net::SseParser events([&](const net::SseEvent& event) -> Result<void> {
      Result<void> taken = reader.take(event.data);
      sink_failed = !taken;
      return taken;
    });
    Result<net::Reply> reply = send(post(std::move(target), std::move(body)),
                                    [&](std::string_view piece) { return events.feed(piece); });
    if (!reply) {
      if (stop.cancelled()) return cancelled(reader);
      if (sink_failed) return std::unexpected(std::move(reply).error());
      return std::unexpected(explain(std::move(reply).error(), child));
    }
    if (reply->status < 200 || reply->status >= 300)
      return std::unexpected(explain(parse_error_reply(reply->status, reply->body), child));
    if (reader.is_done()) return reader.finish();
    return std::unexpected(
        explain({Code::Corrupt, "the engine ended its answer without saying so", {}}, child));
  }

  Result<net::Reply> send(const net::Request& request, const net::BodySink& body_sink) {
    os::Descriptor socket = TRY(net::connect_unix(child.socket_path(), stop));
    return net::stream(std::move(socket), request, body_sink, stop);
  }

  static Answer cancelled(AnswerReader& reader) {
    Answer answer = reader.finish();
    answer.stop_reason = StopReason::Cancelled;
    return answer;
  }
};

}  // namespace

Result<std::unique_ptr<ProcessEngine>> ProcessEngine::start(const EngineSettings& settings,
                                                            const EngineHost& host,
                                                            const Stop& stop) {
  CHECK(host.clock != nullptr && host.random != nullptr);
  const MonotonicTime begin = host.clock->monotonic();
  auto state = std::make_unique<State>();
  state->clock = host.clock;
  Order order;
  order.settings = settings;
  order.barriers = host.barriers;
  state->child = TRY(EngineChild::start(std::move(order), host));
  const Stop until = stop.with_deadline(*host.clock, begin + limits::kEngineStartMax);
  TRY(wait_until_ready(*state->child, host, state->info, until));
  state->info.start_ms = milliseconds_since(begin, *host.clock);
  return std::unique_ptr<ProcessEngine>(new ProcessEngine(std::move(state)));
}

ProcessEngine::ProcessEngine(std::unique_ptr<State> state) : state_(std::move(state)) {}
ProcessEngine::~ProcessEngine() = default;

const EngineInfo& ProcessEngine::info() const { return state_->info; }
int ProcessEngine::process_id() const { return state_->child->process_id(); }
std::filesystem::path ProcessEngine::socket_path() const { return state_->child->socket_path(); }

Result<Answer> ProcessEngine::chat(const ChatRequest& request, const PieceSink& sink,
                                   const Stop& stop) {
  const MonotonicTime start = state_->clock->monotonic();
  return Exchange{*state_->child, *state_->clock, sink, stop, start}.run(
      "/v1/chat/completions", TRY(request_body(request, state_->info.context)));
}

Result<Answer> ProcessEngine::complete(const CompletionRequest& request, const PieceSink& sink,
                                       const Stop& stop) {
  const MonotonicTime start = state_->clock->monotonic();
  return Exchange{*state_->child, *state_->clock, sink, stop, start}.run(
      "/completion", TRY(request_body(request, state_->info.context)));
}

Result<std::uint32_t> ProcessEngine::count_tokens(const ChatRequest& request, const Stop& stop) {
  os::Descriptor socket = TRY(net::connect_unix(state_->child->socket_path(), stop));
  Result<net::Reply> reply = net::exchange(
      std::move(socket),
      post("/v1/chat/completions/input_tokens", TRY(request_body(request, state_->info.context))),
      stop);
  if (!reply) return std::unexpected(explain(std::move(reply).error(), *state_->child));
  if (reply->status != 200) return std::unexpected(parse_error_reply(reply->status, reply->body));
  return parse_token_count(reply->body);
}

}  // namespace tegula::infer

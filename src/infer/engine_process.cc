#include "infer/engine_process.h"

#include "base/check.h"
#include "base/limits.h"
#include "infer/engine_child.h"
#include "infer/engine_client.h"
#include "infer/engine_messages.h"

namespace tegula::infer {

struct ProcessEngine::State {
  std::unique_ptr<EngineChild> child{};
  EngineInfo info{};
  std::optional<EngineClient> client{};
};

Result<std::unique_ptr<ProcessEngine>> ProcessEngine::start(const EngineSettings& settings,
                                                            const EngineHost& host,
                                                            const Stop& stop) {
  CHECK(host.clock != nullptr && host.random != nullptr);
  const MonotonicTime begin = host.clock->monotonic();
  auto state = std::make_unique<State>();
  Order order;
  order.settings = settings;
  order.barriers = host.barriers;
  state->child = TRY(EngineChild::start(std::move(order), host));
  EngineChild* const child = state->child.get();
  const Stop until = stop.with_deadline(*host.clock, begin + limits::kEngineStartMax);
  TRY(wait_until_ready([&] { return child->next_message(until); }, host.required, state->info));
  state->info.start_ms = milliseconds_since(begin, *host.clock);
  state->client.emplace(child->socket_path(), state->info.context, *host.clock,
                        [child] { return child->why_it_ended(); });
  return std::unique_ptr<ProcessEngine>(new ProcessEngine(std::move(state)));
}

ProcessEngine::ProcessEngine(std::unique_ptr<State> state) : state_(std::move(state)) {}
ProcessEngine::~ProcessEngine() = default;

const EngineInfo& ProcessEngine::info() const { return state_->info; }
int ProcessEngine::process_id() const { return state_->child->process_id(); }
std::filesystem::path ProcessEngine::socket_path() const { return state_->child->socket_path(); }

Result<Answer> ProcessEngine::chat(const ChatRequest& request, const PieceSink& sink,
                                   const Stop& stop) {
  return state_->client->chat(request, sink, stop);
}

Result<Answer> ProcessEngine::complete(const CompletionRequest& request, const PieceSink& sink,
                                       const Stop& stop) {
  return state_->client->complete(request, sink, stop);
}

Result<std::uint32_t> ProcessEngine::count_tokens(const ChatRequest& request, const Stop& stop) {
  return state_->client->count_tokens(request, stop);
}

}  // namespace tegula::infer

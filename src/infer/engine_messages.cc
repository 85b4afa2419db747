#include "infer/engine_messages.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/limits.h"

namespace tegula::infer {

namespace {

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

}  // namespace

Result<std::optional<Message>> EngineMessages::next(const Stop& stop) {
  while (true) {
    if (const std::size_t end = unread_.find('\n'); end != std::string::npos) {
      const std::string line = unread_.substr(0, end);
      unread_.erase(0, end + 1);
      return std::optional(TRY(parse_message(line), "the engine's message"));
    }
    if (unread_.size() > limits::kEngineMessageBytesMax)
      return fail(Code::Exhausted, "the engine's message is too long");
    char buffer[4096];
    const std::size_t got = TRY(os::read_some(pipe_.get(), buffer, sizeof buffer, stop));
    if (got == 0) return std::optional<Message>();
    unread_.append(buffer, got);
  }
}

Result<void> wait_until_ready(const std::function<Result<Message>()>& next,
                              const std::vector<os::Barrier>& required, EngineInfo& info) {
  bool has_perimeter = false;
  while (true) {
    const Message message = TRY(next());
    if (const auto* const perimeter = std::get_if<PerimeterMessage>(&message)) {
      info.perimeter = perimeter->barriers;
      TRY(check_required(info.perimeter, required));
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

}  // namespace tegula::infer

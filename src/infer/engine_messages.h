// What an engine says on its control pipe, and the wait for its model. Internal to infer.
//
// Errors: InvalidArgument for what is no message, Exhausted past a limit.
// Thread rule: one thread at a time.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/stop.h"
#include "infer/engine.h"
#include "infer/protocol.h"
#include "os/descriptor.h"

namespace tegula::infer {

class EngineMessages {
 public:
  EngineMessages() = default;
  explicit EngineMessages(os::Descriptor pipe) : pipe_(std::move(pipe)) {}

  // The next message; none if the engine closed the pipe.
  Result<std::optional<Message>> next(const Stop& stop);

  void close() { pipe_.close(); }

 private:
  os::Descriptor pipe_;
  std::string unread_;  // after the last line
};

// Takes messages from `next` until requests are answered. Fails if the engine does, or if it
// enforces less than `required`.
Result<void> wait_until_ready(const std::function<Result<Message>()>& next,
                              const std::vector<os::Barrier>& required, EngineInfo& info);

}  // namespace tegula::infer

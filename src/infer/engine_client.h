// Asks an engine at its socket, wherever it runs: in a process of its own or in this one. Internal
// to infer.
//
// Errors: those of infer::Engine. Thread rule: thread-safe.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "base/stop.h"
#include "infer/engine.h"

namespace tegula::infer {

class EngineClient {
 public:
  // If the engine has ended, or does within a moment: how. From any thread.
  using WhyItEnded = std::function<std::optional<Error>()>;

  EngineClient(std::string socket, std::uint32_t context, const Clock& clock, WhyItEnded why)
      : socket_(std::move(socket)), context_(context), clock_(clock), why_(std::move(why)) {}

  Result<Answer> chat(const ChatRequest& request, const PieceSink& sink, const Stop& stop) const;
  Result<Answer> complete(const CompletionRequest& request, const PieceSink& sink,
                          const Stop& stop) const;
  Result<std::uint32_t> count_tokens(const ChatRequest& request, const Stop& stop) const;

 private:
  Result<Answer> ask(std::string target, std::string body, MonotonicTime start,
                     const PieceSink& sink, const Stop& stop) const;
  Error explain(Error error) const;

  std::string socket_;
  std::uint32_t context_;
  const Clock& clock_;
  WhyItEnded why_;
};

double milliseconds_since(MonotonicTime start, const Clock& clock);

}  // namespace tegula::infer

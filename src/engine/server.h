// llama.cpp's server behind one call; shows nothing of llama.cpp.
//
// Errors: Unsupported for a model llama.cpp cannot load, Exhausted without memory.
// Thread rule: one at a time in a process, since llama.cpp has one log for all of it.
#pragma once

#include <functional>
#include <string>

#include "base/result.h"
#include "infer/protocol.h"

namespace tegula::engine {

// The number of threads llama.cpp would choose; reads /sys, so before the perimeter.
std::uint32_t default_threads();

struct Service {
  infer::EngineSettings settings{};
  std::string socket{infer::kSocketName};

  // Serving ends soon after this descriptor can be read; -1: with the process.
  int end = -1;
  bool has_log = true;                                                 // on standard error
  std::function<Result<void>(const infer::ReadyMessage&)> on_ready{};  // requests are answered
};

// Loads the model and serves until the end.
Result<void> serve(const Service& service);

}  // namespace tegula::engine

// llama.cpp's server behind one call. The only header of this module that knows of it is this one,
// and it shows nothing of it.
#pragma once

#include <functional>

#include "base/result.h"
#include "infer/protocol.h"

namespace tegula::engine {

// The number of threads llama.cpp would choose; reads /sys, so before the perimeter.
std::uint32_t default_threads();

// Loads the model, calls `on_ready` once requests are answered, and serves until the process ends.
// Unsupported for a model llama.cpp cannot load.
Result<void> serve(const infer::EngineSettings& settings,
                   const std::function<Result<void>(const infer::ReadyMessage&)>& on_ready);

}  // namespace tegula::engine

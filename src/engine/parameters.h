// From settings to llama.cpp's parameters, and from nothing else: its own reading of a command line
// also takes the environment and configuration files, prints, and ends the process.
//
// Errors: InvalidArgument for a chat template that is none. Thread rule: free functions.
#pragma once

#include <string>

#include "base/result.h"
#include "infer/engine.h"

struct common_params;

namespace tegula::engine {

// `socket` is where requests arrive, a path that ends in ".sock".
Result<void> fill_parameters(const infer::EngineSettings& settings, const std::string& socket,
                             common_params& params);

}  // namespace tegula::engine

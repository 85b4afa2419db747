// From Modelfile parameters to what an engine takes.
//
// Thread rule: free functions over values.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "content/runtime_settings.h"
#include "infer/engine.h"

namespace tegula::launch {

using Parameters = std::map<std::string, content::Parameter>;

// The sampling half of the parameters, Ollama's defaults where nothing is said. InvalidArgument
// names a parameter of the wrong type or range.
Result<infer::Sampling> sampling_of(const Parameters& parameters);

// The loading half: batch, threads, accelerator, mapping, draft. Writes only what is said.
Result<void> apply_load_parameters(const Parameters& parameters, infer::EngineSettings& settings);

// Whether the parameter is of the loading half, and so fixed while the engine runs.
bool is_load_parameter(std::string_view name);

// The names of those that this engine cannot follow: it has no accelerator.
std::vector<std::string> without_effect(const Parameters& parameters, bool accelerator);

// The context asked for; 0: none.
Result<std::uint32_t> requested_context(const Parameters& parameters);

}  // namespace tegula::launch

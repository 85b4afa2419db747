// The command line that llama.cpp's server is configured with: what a person would give
// llama-server for the same work. bench/ starts that program with these very words.
//
// Thread rule: pure functions.
#pragma once

#include <string>
#include <vector>

#include "infer/engine.h"

namespace tegula::engine {

// Without the program's name. The adapters, the chat template and what an accelerator takes go in
// beside it. Files are named as /proc/self/fd/N.
std::vector<std::string> server_arguments(const infer::EngineSettings& settings,
                                          const std::string& socket);

// Whether the draft model is asked at all. One that is asked for no tokens makes llama.cpp end
// itself (GGML_ASSERT), so it is left out then.
bool uses_draft(const infer::EngineSettings& settings);

// The descriptor as a path of the process that has it.
std::string descriptor_path(int descriptor);

}  // namespace tegula::engine

// Which of a folder's GGUF files a name means. Repositories hold a model in many quantisations, a
// projector or two, and parts of files. Inside of this folder only.
//
// Thread rule: pure functions.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace tegula::source {

// By name: "mmproj-F16.gguf" and the like are projectors.
bool is_gguf(std::string_view file);
bool is_projector(std::string_view file);

// "x-00001-of-00003.gguf", or a later part.
bool is_part(std::string_view file);

// The models among the files, sorted; of a model in parts only the first.
std::vector<std::string> model_files(std::span<const std::string> files);

// The file that `choice` means: a file name, one without ".gguf", or a quantisation such as
// "q4_k_m"; empty means the only one. InvalidArgument with the choices as the hint if there are
// several, NotFound if none.
Result<std::string> choose_file(std::span<const std::string> files, std::string_view choice);

// The projector to go with a model: the one in F16, or else the first; empty if there is none.
std::string choose_projector(std::span<const std::string> files);

}  // namespace tegula::source

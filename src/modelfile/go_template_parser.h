// Reads a Go template into its tree. Errors name the line: InvalidArgument for what Go refuses,
// Unsupported for define, block and template, Exhausted over limits::kTemplateDepthMax.
#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "modelfile/go_template_ast.h"

namespace tegula::modelfile::go {

Result<std::vector<Node>> parse_template(std::string_view text);

}  // namespace tegula::modelfile::go

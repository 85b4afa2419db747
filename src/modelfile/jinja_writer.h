// Writes a Go template's tree as a Jinja chat template.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "modelfile/go_template_ast.h"

namespace tegula::modelfile::go {

// As Ollama runs it: a template that mentions .Messages once over all messages, any other once a
// turn with .System, .Prompt and .Response, the last turn only up to .Response.
Result<std::string> write_jinja(std::vector<Node> nodes);

}  // namespace tegula::modelfile::go

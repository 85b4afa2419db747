// Ollama's TEMPLATEs are Go text/template; Tegula's engine runs Jinja. This turns the one into the
// other. docs/reference/modelfile.md, "Templates" lists what is understood.
//
// Thread rule: free functions over values.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace tegula::modelfile {

enum class TemplateSyntax {
  Plain,  // no action at all: a fixed text
  Jinja,
  Go,
};

TemplateSyntax detect_template(std::string_view text);

// A Jinja chat template over `messages`, `tools` and `add_generation_prompt` that writes what
// Ollama would. Errors name the construct and its line: InvalidArgument for what is no Go template,
// Unsupported for what can't be said in Jinja, Exhausted over the limits.
Result<std::string> jinja_from_go_template(std::string_view text);

}  // namespace tegula::modelfile

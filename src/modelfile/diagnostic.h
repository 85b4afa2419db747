// What is wrong with a Modelfile, where, and what to do about it.
//
// Thread rule: values.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "modelfile/command.h"

namespace tegula::modelfile {

enum class Severity { Error, Warning };

struct Diagnostic {
  Severity severity = Severity::Error;
  Code code = Code::InvalidArgument;  // for errors: what a program makes of it
  std::string rule;                   // stable name, such as "unknown-instruction"
  Place place;                        // line 0: no place; column 0: the line is Ollama's count
  std::string text;                   // small first letter, no full stop
  std::string hint;                   // what to do; may be empty
};

// "path:line:col: error: text", the source line, a caret under the place, "hint: …". Ends with a
// newline. `source` is the file as read, in any encoding that parse() takes. Safe for a terminal.
std::string render(const Diagnostic& diagnostic, std::string_view path, std::string_view source);

// The same on one line, as an error to hand up: "path:line:col: text".
Error error_of(const Diagnostic& diagnostic, std::string_view path);

}  // namespace tegula::modelfile

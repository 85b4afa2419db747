// Splits a Go template into text and actions, and an action into tokens. Spec:
// pkg.go.dev/text/template.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace tegula::modelfile::go {

// Text has had its white space trimmed where {{- and -}} ask for it. Comments are left out.
struct Segment {
  bool is_action = false;
  std::string_view text;  // of an action: what stands between the delimiters
  int line = 0;
};
Result<std::vector<Segment>> split_template(std::string_view text);

struct Token {
  enum class Kind { Word, Field, Dot, Variable, String, Number, Symbol, End };
  Kind kind = Kind::End;
  std::string text;           // without the dot, the $, the quotes
  bool space_before = false;  // `.A.B` is one operand, `.A .B` are two
};
Result<std::vector<Token>> tokens_of(const Segment& action);

// "template line 3: …".
std::unexpected<Error> refuse(Code code, int line, std::string_view text);

}  // namespace tegula::modelfile::go

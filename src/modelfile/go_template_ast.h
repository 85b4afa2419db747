// A Go text/template as a tree: the part of the language that chat templates use.
#pragma once

#include <memory>
#include <string>
#include <vector>

namespace tegula::modelfile::go {

struct Expression;
using ExpressionPtr = std::shared_ptr<const Expression>;

// A value, then the fields taken from it: `.A.B`, `$x.A`, `(index .A 0).B`.
struct Expression {
  enum class Kind {
    Dot,       // .
    Variable,  // $ and $x; name without the $
    String,    // text in `name`
    Number,    // as written, in `name`
    Boolean,   // "true" or "false" in `name`
    Nil,
    Call,  // the function in `name`
  };
  Kind kind = Kind::Dot;
  std::string name;
  std::vector<ExpressionPtr> arguments;  // of a Call
  std::vector<std::string> fields;
  int line = 0;
};

// What stands in an action: [$a[, $b] := | =] expression.
struct Pipeline {
  std::vector<std::string> variables;
  bool declares = false;  // := and not =
  ExpressionPtr value;
};

struct Branch;

struct Node {
  enum class Kind { Text, Action, If, Range, With, Break, Continue };
  Kind kind = Kind::Text;
  int line = 0;
  std::string text;              // of Text
  Pipeline pipeline;             // of Action
  std::vector<Branch> branches;  // if, else if …; one for Range and With
  std::vector<Node> otherwise;   // else
};

struct Branch {
  Pipeline pipeline;
  std::vector<Node> body;
};

}  // namespace tegula::modelfile::go

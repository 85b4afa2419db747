// Go template expressions as Jinja expressions.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "modelfile/go_template_ast.h"

namespace tegula::modelfile::go {

// What Go prints it as, and what can be ranged over.
enum class Type { Text, Int, Bool, List, Map, Any };

struct JinjaValue {
  std::string code;  // safe as an operand: a name, a literal, or in parentheses
  Type type = Type::Any;
};

// The names in sight: $, $x and the dot. Variables live in the namespace `go`, each declaration
// under a name of its own, since Jinja's own don't outlive the block they are set in.
class Scope {
 public:
  // `by_turn`: .System, .Prompt and .Response are of one turn, and .Messages is nothing.
  explicit Scope(bool by_turn) : by_turn_(by_turn) { enter(); }

  void enter() { blocks_.emplace_back(); }
  void leave() { blocks_.pop_back(); }

  // A new variable, to be set by "{%- set NAME = … -%}".
  std::string declare(const std::string& name, Type type);
  // A name for a value that can't be assigned to, such as a loop's item.
  void alias(const std::string& name, JinjaValue value);
  std::string fresh(std::string_view stem) { return std::string(stem) + std::to_string(++count_); }

  void push_dot(JinjaValue value) { dots_.push_back(std::move(value)); }
  void pop_dot() { dots_.pop_back(); }

  // The name to assign to; nullopt if there is none.
  std::optional<std::string> assignable(const std::string& name, Type type);
  Result<JinjaValue> value_of(const Expression& expression) const;

 private:
  struct Variable {
    JinjaValue value;
    bool is_assignable;
  };

  Result<JinjaValue> base_of(const Expression& expression, std::size_t& fields_used) const;
  Result<JinjaValue> root_field(const Expression& expression) const;
  Result<JinjaValue> variable(const Expression& expression) const;
  Result<JinjaValue> call(const Expression& expression) const;
  Result<JinjaValue> call_text(const Expression& expression,
                               const std::vector<JinjaValue>& arguments) const;
  Result<JinjaValue> format(const Expression& expression,
                            const std::vector<JinjaValue>& arguments) const;

  bool by_turn_;
  int count_ = 0;
  std::vector<std::map<std::string, Variable>> blocks_;
  std::vector<JinjaValue> dots_;
};

// 'text' with escapes.
std::string jinja_string(std::string_view text);

// What Go would print of the value; empty if it can't be said.
std::optional<std::string> printed(const JinjaValue& value);

// The names of all fields in the tree: "Messages", "Role".
std::set<std::string> fields_in(const std::vector<Node>& nodes);
bool mentions(const ExpressionPtr& expression, std::string_view field);

// The key under which the chat API has a field of a message: "tool_calls" for ToolCalls.
std::optional<std::string_view> message_key(std::string_view field);

}  // namespace tegula::modelfile::go

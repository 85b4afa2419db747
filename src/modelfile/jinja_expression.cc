#include "modelfile/jinja_expression.h"

#include <algorithm>
#include <array>

#include <fmt/core.h>

#include "base/limits.h"
#include "modelfile/characters.h"
#include "modelfile/go_template_lexer.h"

namespace tegula::modelfile::go {
namespace {

struct FieldInfo {
  std::string_view name;  // in Go
  std::string_view key;   // in the chat API
  Type type;
};

// Of messages, tools and tool calls; "" where the chat API has none.
constexpr std::array kFields = {
    FieldInfo{"Role", "role", Type::Text},
    FieldInfo{"Content", "content", Type::Text},
    FieldInfo{"Thinking", "reasoning_content", Type::Text},
    FieldInfo{"ToolCalls", "tool_calls", Type::List},
    FieldInfo{"ToolName", "name", Type::Text},
    FieldInfo{"ToolCallID", "tool_call_id", Type::Text},
    FieldInfo{"ID", "id", Type::Text},
    FieldInfo{"Function", "function", Type::Any},
    FieldInfo{"Name", "name", Type::Text},
    FieldInfo{"Arguments", "arguments", Type::Map},
    FieldInfo{"Description", "description", Type::Text},
    FieldInfo{"Parameters", "parameters", Type::Any},
    FieldInfo{"Properties", "properties", Type::Map},
    FieldInfo{"Required", "required", Type::List},
    FieldInfo{"Type", "type", Type::Any},
    FieldInfo{"Items", "items", Type::Any},
    FieldInfo{"Enum", "enum", Type::List},
};
constexpr std::size_t kMessageFields = 6;  // the first ones are a message's

const FieldInfo* find_field(std::string_view name) {
  const auto* const found = std::ranges::find(kFields, name, &FieldInfo::name);
  return found == kFields.end() ? nullptr : found;
}

struct Comparison {
  std::string_view function;
  std::string_view sign;
};
constexpr std::array kComparisons = {Comparison{"ne", "!="}, Comparison{"lt", "<"},
                                     Comparison{"le", "<="}, Comparison{"gt", ">"},
                                     Comparison{"ge", ">="}};

std::string joined(const std::vector<JinjaValue>& values, std::size_t first,
                   std::string_view separator) {
  std::string out;
  for (std::size_t i = first; i < values.size(); ++i)
    out += fmt::format("{}{}", i == first ? "" : separator, values[i].code);
  return out;
}

std::unexpected<Error> wrong_arguments(const Expression& call) {
  return refuse(Code::InvalidArgument, call.line,
                fmt::format("wrong number of arguments for {}", call.name));
}

bool is_number(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  const std::size_t dot = std::min(text.find('.'), text.size());
  const std::string_view fraction = dot < text.size() ? text.substr(dot + 1) : "0";
  const auto all_digits = [](std::string_view digits) {
    return !digits.empty() && digits.size() <= 15 &&
           std::ranges::all_of(digits, [](char c) { return is_digit(c); });
  };
  return all_digits(text.substr(0, dot)) && all_digits(fraction);
}

Type type_of_both(Type a, Type b) { return a == b ? a : Type::Any; }

void collect(const ExpressionPtr& expression, std::set<std::string>& names) {
  if (expression == nullptr) return;
  names.insert(expression->fields.begin(), expression->fields.end());
  for (const ExpressionPtr& argument : expression->arguments) collect(argument, names);
}

}  // namespace

std::string jinja_string(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    switch (c) {
      case '\\': out += "\\\\"; break;
      case '\'': out += "\\'"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default: out += c;
    }
  }
  return out + "'";
}

std::optional<std::string> printed(const JinjaValue& value) {
  constexpr std::string_view kJson = "tojson(separators=(',', ':'))";
  switch (value.type) {
    case Type::Text:
    case Type::Int: return value.code;
    case Type::Bool: return fmt::format("('true' if {} else 'false')", value.code);
    // Arguments are JSON text in some messages.
    case Type::Map:
    case Type::Any: return fmt::format("({0} if {0} is string else {0} | {1})", value.code, kJson);
    case Type::List: return fmt::format("({} | {})", value.code, kJson);
  }
  return std::nullopt;
}

std::set<std::string> fields_in(const std::vector<Node>& nodes) {
  std::set<std::string> names;
  for (const Node& node : nodes) {
    collect(node.pipeline.value, names);
    for (const Branch& branch : node.branches) {
      collect(branch.pipeline.value, names);
      names.merge(fields_in(branch.body));
    }
    names.merge(fields_in(node.otherwise));
  }
  return names;
}

bool mentions(const ExpressionPtr& expression, std::string_view field) {
  std::set<std::string> names;
  collect(expression, names);
  return names.contains(std::string(field));
}

std::optional<std::string_view> message_key(std::string_view field) {
  const FieldInfo* info = find_field(field);
  if (info == nullptr || info >= kFields.data() + kMessageFields) return std::nullopt;
  return info->key;
}

std::string Scope::declare(const std::string& name, Type type) {
  std::string code = fmt::format("go.{}_{}", name, ++count_);
  blocks_.back()[name] = {{code, type}, true};
  return code;
}

void Scope::alias(const std::string& name, JinjaValue value) {
  blocks_.back()[name] = {std::move(value), false};
}

std::optional<std::string> Scope::assignable(const std::string& name, Type type) {
  for (auto block = blocks_.rbegin(); block != blocks_.rend(); ++block) {
    const auto found = block->find(name);
    if (found == block->end()) continue;
    if (!found->second.is_assignable) return std::nullopt;
    JinjaValue& value = found->second.value;
    value.type = type_of_both(value.type, type);
    return value.code;
  }
  return std::nullopt;
}

Result<JinjaValue> Scope::value_of(const Expression& expression) const {
  std::size_t fields_used = 0;
  JinjaValue value = TRY(base_of(expression, fields_used));
  for (std::size_t i = fields_used; i < expression.fields.size(); ++i) {
    const std::string& field = expression.fields[i];
    const FieldInfo* info = find_field(field);
    if (info == nullptr && value.type != Type::Map)
      return refuse(Code::Unsupported, expression.line, "unknown field ." + field);
    const std::string key = info == nullptr ? field : std::string(info->key);
    value = {fmt::format("{}[{}]", value.code, jinja_string(key)),
             info == nullptr ? Type::Any : info->type};
  }
  if (value.code.size() > limits::kTemplateExpressionBytesMax)
    return refuse(Code::Exhausted, expression.line, "an expression grows too long");
  return value;
}

Result<JinjaValue> Scope::base_of(const Expression& expression, std::size_t& fields_used) const {
  using Kind = Expression::Kind;
  switch (expression.kind) {
    case Kind::Dot:
      if (!dots_.empty()) return dots_.back();
      fields_used = 1;
      return root_field(expression);
    case Kind::Variable:
      if (!expression.name.empty()) return variable(expression);
      fields_used = 1;
      return root_field(expression);
    case Kind::String: return JinjaValue{jinja_string(expression.name), Type::Text};
    case Kind::Number:
      if (is_number(expression.name)) return JinjaValue{expression.name, Type::Int};
      return refuse(Code::Unsupported, expression.line,
                    "can't use the number " + quoted(expression.name));
    case Kind::Boolean: return JinjaValue{expression.name, Type::Bool};
    case Kind::Nil: return JinjaValue{"none", Type::Any};
    case Kind::Call: return call(expression);
  }
  return variable(expression);
}

Result<JinjaValue> Scope::root_field(const Expression& expression) const {
  if (expression.fields.empty())
    return refuse(Code::Unsupported, expression.line, "can't use all values at once");
  const std::string& field = expression.fields[0];
  if (field == "System") return JinjaValue{"go.system", Type::Text};
  if (field == "Prompt") return JinjaValue{by_turn_ ? "go.prompt" : "''", Type::Text};
  if (field == "Response") return JinjaValue{by_turn_ ? "go.response" : "''", Type::Text};
  if (field == "Suffix") return JinjaValue{"''", Type::Text};
  if (field == "Messages") return JinjaValue{by_turn_ ? "[]" : "go.messages", Type::List};
  if (field == "Tools") return JinjaValue{by_turn_ ? "[]" : "go.tools", Type::List};
  if (field == "Think") return JinjaValue{"(enable_thinking or false)", Type::Bool};
  if (field == "IsThinkSet") return JinjaValue{"(enable_thinking is defined)", Type::Bool};
  if (field == "ThinkLevel") return JinjaValue{"(reasoning_effort or '')", Type::Text};
  return refuse(Code::Unsupported, expression.line, "unknown value ." + field);
}

Result<JinjaValue> Scope::variable(const Expression& expression) const {
  for (auto block = blocks_.rbegin(); block != blocks_.rend(); ++block) {
    const auto found = block->find(expression.name);
    if (found != block->end()) return found->second.value;
  }
  return refuse(Code::InvalidArgument, expression.line, "unknown variable $" + expression.name);
}

Result<JinjaValue> Scope::call(const Expression& expression) const {
  std::vector<JinjaValue> arguments;
  for (const ExpressionPtr& argument : expression.arguments)
    arguments.push_back(TRY(value_of(*argument)));
  const std::string& name = expression.name;
  if (name == "and" || name == "or") {
    if (arguments.empty()) return wrong_arguments(expression);
    Type type = arguments[0].type;
    for (const JinjaValue& argument : arguments) type = type_of_both(type, argument.type);
    return JinjaValue{fmt::format("({})", joined(arguments, 0, fmt::format(" {} ", name))), type};
  }
  if (name == "not") {
    if (arguments.size() != 1) return wrong_arguments(expression);
    return JinjaValue{fmt::format("(not {})", arguments[0].code), Type::Bool};
  }
  if (name == "eq") {
    if (arguments.size() < 2) return wrong_arguments(expression);
    return JinjaValue{
        arguments.size() == 2
            ? fmt::format("({} == {})", arguments[0].code, arguments[1].code)
            : fmt::format("({} in [{}])", arguments[0].code, joined(arguments, 1, ", ")),
        Type::Bool};
  }
  for (const Comparison& comparison : kComparisons) {
    if (name != comparison.function) continue;
    if (arguments.size() != 2) return wrong_arguments(expression);
    return JinjaValue{
        fmt::format("({} {} {})", arguments[0].code, comparison.sign, arguments[1].code),
        Type::Bool};
  }
  if (name == "len") {
    if (arguments.size() != 1) return wrong_arguments(expression);
    return JinjaValue{fmt::format("({} | length)", arguments[0].code), Type::Int};
  }
  if (name == "index") {
    if (arguments.empty()) return wrong_arguments(expression);
    std::string code = arguments[0].code;
    for (std::size_t i = 1; i < arguments.size(); ++i)
      code += fmt::format("[{}]", arguments[i].code);
    return JinjaValue{std::move(code), arguments.size() == 1 ? arguments[0].type : Type::Any};
  }
  if (name == "slice") {
    if (arguments.empty() || arguments.size() > 3) return wrong_arguments(expression);
    return JinjaValue{
        fmt::format("{}[{}:{}]", arguments[0].code, arguments.size() > 1 ? arguments[1].code : "",
                    arguments.size() > 2 ? arguments[2].code : ""),
        arguments[0].type};
  }
  return call_text(expression, arguments);
}

// The functions that make text.
Result<JinjaValue> Scope::call_text(const Expression& expression,
                                    const std::vector<JinjaValue>& arguments) const {
  const std::string& name = expression.name;
  if (name == "json") {
    if (arguments.size() != 1) return wrong_arguments(expression);
    return JinjaValue{fmt::format("({} | tojson(separators=(',', ':')))", arguments[0].code),
                      Type::Text};
  }
  if (name == "currentDate") return JinjaValue{"strftime_now('%Y-%m-%d')", Type::Text};
  if (name == "printf") return format(expression, arguments);
  if (name == "print") {
    std::string code = "''";
    for (const JinjaValue& argument : arguments) {
      // Go puts blanks between values that aren't text.
      if (argument.type != Type::Text)
        return refuse(Code::Unsupported, expression.line, "print takes only texts here");
      code += " ~ " + argument.code;
    }
    return JinjaValue{fmt::format("({})", code), Type::Text};
  }
  return refuse(Code::Unsupported, expression.line, "can't use the function " + quoted(name));
}

// printf with %s, %v, %d and %%.
Result<JinjaValue> Scope::format(const Expression& expression,
                                 const std::vector<JinjaValue>& arguments) const {
  if (arguments.empty() || expression.arguments[0]->kind != Expression::Kind::String)
    return refuse(Code::Unsupported, expression.line, "printf needs a string to begin with");
  const std::string& pattern = expression.arguments[0]->name;
  std::string code, text;
  std::size_t used = 1;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] != '%') {
      text += pattern[i];
      continue;
    }
    const char verb = ++i < pattern.size() ? pattern[i] : '\0';
    if (verb == '%') {
      text += '%';
      continue;
    }
    if (std::string_view("svd").find(verb) == std::string_view::npos || used == arguments.size())
      return refuse(Code::Unsupported, expression.line, "can't use printf " + quoted(pattern));
    code += jinja_string(text) + " ~ " + printed(arguments[used++]).value_or("''") + " ~ ";
    text.clear();
  }
  if (used != arguments.size()) return wrong_arguments(expression);
  return JinjaValue{fmt::format("({}{})", code, jinja_string(text)), Type::Text};
}

}  // namespace tegula::modelfile::go

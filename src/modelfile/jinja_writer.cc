#include "modelfile/jinja_writer.h"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

#include "modelfile/go_template_lexer.h"
#include "modelfile/jinja_expression.h"

namespace tegula::modelfile::go {
namespace {

// Whether the node leaves the loop around it, or its pass.
bool has_jump(const Node& node);

bool any_jump(const std::vector<Node>& nodes) { return std::ranges::any_of(nodes, has_jump); }

bool has_jump(const Node& node) {
  if (node.kind == Node::Kind::Break || node.kind == Node::Kind::Continue) return true;
  if (any_jump(node.otherwise)) return true;
  // What a loop has inside leaves that loop.
  return node.kind != Node::Kind::Range &&
         std::ranges::any_of(node.branches, [](const Branch& b) { return any_jump(b.body); });
}

class Writer {
 public:
  explicit Writer(bool by_turn) : scope_(by_turn) {}

  // One statement a line: "{%- code -%}". The hyphens keep the line ends out of the prompt.
  void statement(std::string_view code) { out_ += fmt::format("{{%- {} -%}}\n", code); }
  void set(std::string_view name, std::string_view code) {
    statement(fmt::format("set {} = {}", name, code));
  }
  void text(std::string_view text) { print(jinja_string(text)); }

  Result<void> nodes(const std::vector<Node>& list);
  Result<void> block(const std::vector<Node>& list);
  std::string take() { return std::move(out_); }

 private:
  void print(std::string_view code) { out_ += fmt::format("{{{{- {} -}}}}\n", code); }

  Result<void> node(const Node& node);
  Result<void> action(const Node& node);
  Result<void> if_block(const Node& node);
  Result<void> range_block(const Node& node);
  Result<void> with_block(const Node& node);
  Result<void> otherwise(const Node& node);
  Result<JinjaValue> store(const Pipeline& pipeline, int line);
  Result<void> bind_loop(const Pipeline& pipeline, const JinjaValue& key, const JinjaValue& item);

  // Names of the flags of the loops around, the innermost last.
  struct Loop {
    std::string jumped;  // this pass is over
    std::string broken;  // all passes are
  };
  void jump(Node::Kind kind);
  Result<void> pass(const std::vector<Node>& body);

  std::string out_;
  Scope scope_;
  std::vector<Loop> loops_;
};

// The engine's own break and continue lose what the pass has printed so far. So they set a flag
// here, and what follows a node that may have set it asks the flag.
Result<void> Writer::nodes(const std::vector<Node>& list) {
  bool may_have_jumped = false, is_guarded = false;
  for (const Node& one : list) {
    if (may_have_jumped && !is_guarded) {
      statement(fmt::format("if not {}", loops_.back().jumped));
      is_guarded = true;
    }
    TRY(node(one));
    if (!has_jump(one)) continue;
    if (is_guarded) statement("endif");
    is_guarded = false;
    may_have_jumped = true;
  }
  if (is_guarded) statement("endif");
  return {};
}

void Writer::jump(Node::Kind kind) {
  set(loops_.back().jumped, "true");
  if (kind == Node::Kind::Break) set(loops_.back().broken, "true");
}

// A loop's pass, with its flags if it has jumps.
Result<void> Writer::pass(const std::vector<Node>& body) {
  if (!any_jump(body)) return block(body);
  const Loop& loop = loops_.back();
  set(loop.jumped, loop.broken);
  statement(fmt::format("if not {}", loop.jumped));
  TRY(block(body));
  statement("endif");
  return {};
}

Result<void> Writer::block(const std::vector<Node>& list) {
  scope_.enter();
  TRY(nodes(list));
  scope_.leave();
  return {};
}

Result<void> Writer::node(const Node& node) {
  switch (node.kind) {
    case Node::Kind::Text: text(node.text); return {};
    case Node::Kind::Action: return action(node);
    case Node::Kind::If: return if_block(node);
    case Node::Kind::Range: return range_block(node);
    case Node::Kind::With: return with_block(node);
    case Node::Kind::Break:
    case Node::Kind::Continue: jump(node.kind); return {};
  }
  return {};
}

// Evaluates a pipeline; what it declares or assigns is set and then read by its name.
Result<JinjaValue> Writer::store(const Pipeline& pipeline, int line) {
  JinjaValue value = TRY(scope_.value_of(*pipeline.value));
  if (pipeline.variables.empty()) return value;
  const std::string& name = pipeline.variables[0];
  const std::optional<std::string> variable =
      pipeline.declares ? scope_.declare(name, value.type) : scope_.assignable(name, value.type);
  if (!variable) return refuse(Code::Unsupported, line, "can't assign to $" + name);
  set(*variable, value.code);
  return JinjaValue{*variable, value.type};
}

Result<void> Writer::action(const Node& node) {
  const JinjaValue value = TRY(store(node.pipeline, node.line));
  if (!node.pipeline.variables.empty()) return {};
  const std::optional<std::string> code = printed(value);
  if (!code) return refuse(Code::Unsupported, node.line, "can't print this value");
  print(*code);
  return {};
}

Result<void> Writer::if_block(const Node& node) {
  scope_.enter();
  std::string_view word = "if";
  for (const Branch& branch : node.branches) {
    const JinjaValue condition = TRY(store(branch.pipeline, node.line));
    statement(fmt::format("{} {}", word, condition.code));
    TRY(block(branch.body));
    word = "elif";
  }
  TRY(otherwise(node));
  statement("endif");
  scope_.leave();
  return {};
}

Result<void> Writer::otherwise(const Node& node) {
  if (node.otherwise.empty()) return {};
  statement("else");
  return block(node.otherwise);
}

// Go goes over a map by its sorted keys.
Result<void> Writer::range_block(const Node& node) {
  const Pipeline& pipeline = node.branches[0].pipeline;
  const JinjaValue list = TRY(scope_.value_of(*pipeline.value));
  if (list.type == Type::Text || list.type == Type::Int || list.type == Type::Bool)
    return refuse(Code::Unsupported, node.line, "range needs a list or a map");
  if (!pipeline.variables.empty() && !pipeline.declares)
    return refuse(Code::Unsupported, node.line, "can't use range with =");
  const JinjaValue item{scope_.fresh("item"), Type::Any};
  const Loop loop{scope_.fresh("go.jumped"), scope_.fresh("go.broken")};
  const std::vector<Node>& body = node.branches[0].body;
  if (any_jump(body)) set(loop.broken, "false");
  JinjaValue key{"loop.index0", Type::Int};
  if (list.type == Type::Map) {
    key = {scope_.fresh("key"), Type::Text};
    statement(fmt::format("for {}, {} in ({} or {{}}) | dictsort", key.code, item.code, list.code));
  } else {
    statement(fmt::format("for {} in ({} or [])", item.code, list.code));
  }
  scope_.enter();
  TRY(bind_loop(pipeline, key, item));
  scope_.push_dot(item);
  loops_.push_back(loop);
  TRY(pass(body));
  loops_.pop_back();
  scope_.pop_dot();
  scope_.leave();
  TRY(otherwise(node));
  statement("endfor");
  return {};
}

Result<void> Writer::bind_loop(const Pipeline& pipeline, const JinjaValue& key,
                               const JinjaValue& item) {
  if (pipeline.variables.size() > 2)
    return refuse(Code::InvalidArgument, pipeline.value->line, "range has at most two variables");
  if (pipeline.variables.empty()) return {};
  scope_.alias(pipeline.variables.back(), item);
  // An inner loop has a `loop` of its own, so the index is kept.
  if (pipeline.variables.size() == 2)
    set(scope_.declare(pipeline.variables[0], key.type), key.code);
  return {};
}

Result<void> Writer::with_block(const Node& node) {
  scope_.enter();
  const JinjaValue value = TRY(store(node.branches[0].pipeline, node.line));
  const JinjaValue dot{scope_.fresh("go.with"), value.type};
  set(dot.code, value.code);
  statement("if " + dot.code);
  scope_.push_dot(dot);
  TRY(block(node.branches[0].body));
  scope_.pop_dot();
  TRY(otherwise(node));
  statement("endif");
  scope_.leave();
  return {};
}

// A copy of the message with what the template reads of it, nothing missing.
std::string message_copy(const std::set<std::string>& fields, std::string_view content,
                         std::string_view from) {
  std::string code = fmt::format("{{'role': message.role, 'content': {}", content);
  for (const std::string& field : fields) {
    const std::optional<std::string_view> key = message_key(field);
    if (!key || *key == "role" || *key == "content") continue;
    code += fmt::format(", '{0}': {1}.{0} or {2}", *key, from, field == "ToolCalls" ? "[]" : "''");
  }
  return code + "}";
}

// Ollama joins messages of one role that follow each other, tool results apart, and all system
// messages for .System.
void write_collation(Writer& writer, const std::set<std::string>& fields, bool by_turn) {
  const bool all_systems = !by_turn && fields.contains("System");
  writer.set("go", by_turn ? "namespace(messages=[], role='', system='', prompt='', response='')"
                           : "namespace(messages=[], role='', systems=[], system='')");
  if (fields.contains("Tools") && !by_turn) writer.set("go.tools", "tools or []");
  writer.statement("for message in messages");
  writer.set("content", "message.content or ''");
  if (all_systems) {
    writer.statement("if message.role == 'system'");
    writer.set("go.systems", "go.systems + [content]");
    writer.statement("endif");
  }
  writer.statement("if message.role == go.role and message.role != 'tool'");
  writer.set("go.last", "go.messages[-1]");
  writer.set("go.messages",
             fmt::format("go.messages[:-1] + [{}]",
                         message_copy(fields, "go.last.content + '\\n\\n' + content", "go.last")));
  writer.statement("else");
  writer.set("go.messages",
             fmt::format("go.messages + [{}]", message_copy(fields, "content", "message")));
  writer.statement("endif");
  writer.set("go.role", "message.role");
  writer.statement("endfor");
  if (all_systems) writer.set("go.system", "go.systems | join('\\n\\n')");
}

bool is_text(const Node& node) { return node.kind == Node::Kind::Text; }

// Where the texts at the end of the list begin: what opens the answer.
std::size_t opening_of(const std::vector<Node>& nodes, std::size_t end) {
  while (end > 0 && is_text(nodes[end - 1])) --end;
  return end;
}

Result<void> write_with_opening(Writer& writer, const std::vector<Node>& nodes, std::size_t end,
                                std::string_view condition) {
  const std::size_t opening = opening_of(nodes, end);
  const std::vector<Node> before(nodes.begin(),
                                 nodes.begin() + static_cast<std::ptrdiff_t>(opening));
  TRY(writer.nodes(before));
  if (opening < end) {
    writer.statement(fmt::format("if {}", condition));
    for (std::size_t i = opening; i < end; ++i) writer.text(nodes[i].text);
    writer.statement("endif");
  }
  const std::vector<Node> after(nodes.begin() + static_cast<std::ptrdiff_t>(end), nodes.end());
  return writer.nodes(after);
}

bool prints_response(const Node& node) {
  return node.kind == Node::Kind::Action && mentions(node.pipeline.value, "Response");
}

// Takes out everything after the first action with .Response; true once it was met.
bool cut_after_response(std::vector<Node>& nodes) {
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    bool cut = prints_response(nodes[i]);
    for (Branch& branch : nodes[i].branches) {
      if (cut)
        branch.body.clear();
      else
        cut = cut_after_response(branch.body);
    }
    if (cut)
      nodes[i].otherwise.clear();
    else
      cut = cut_after_response(nodes[i].otherwise);
    if (!cut) continue;
    nodes.erase(nodes.begin() + static_cast<std::ptrdiff_t>(i) + 1, nodes.end());
    return true;
  }
  return false;
}

Node response_node() {
  Expression field;
  field.fields = {"Response"};
  Node node;
  node.kind = Node::Kind::Action;
  node.pipeline.value = std::make_shared<const Expression>(std::move(field));
  return node;
}

Result<std::string> write_over_messages(const std::vector<Node>& nodes,
                                        const std::set<std::string>& fields) {
  Writer writer(false);
  write_collation(writer, fields, false);
  TRY(write_with_opening(writer, nodes, nodes.size(), "add_generation_prompt"));
  return writer.take();
}

void write_turn_reset(Writer& writer) {
  for (const std::string_view part : {"go.system", "go.prompt", "go.response"})
    writer.set(part, "''");
}

Result<std::string> write_by_turn(std::vector<Node> nodes, const std::set<std::string>& fields) {
  Writer writer(true);
  write_collation(writer, fields, true);
  writer.statement("for message in go.messages");
  writer.statement(
      "if (message.role == 'system' and (go.prompt or go.response)) or "
      "(message.role == 'user' and go.response)");
  TRY(writer.block(nodes));
  write_turn_reset(writer);
  writer.statement("endif");
  writer.statement("if message.role == 'system'");
  writer.set("go.system", "message.content");
  writer.statement("elif message.role == 'user'");
  writer.set("go.prompt", "message.content");
  writer.statement("elif message.role == 'assistant'");
  writer.set("go.response", "message.content");
  writer.statement("endif");
  writer.statement("endfor");
  cut_after_response(nodes);
  if (!nodes.empty() && prints_response(nodes.back()))
    TRY(write_with_opening(writer, nodes, nodes.size() - 1,
                           "add_generation_prompt or go.response"));
  else
    TRY(writer.nodes(nodes));
  return writer.take();
}

}  // namespace

Result<std::string> write_jinja(std::vector<Node> nodes) {
  const std::set<std::string> fields = fields_in(nodes);
  if (fields.contains("Messages")) return write_over_messages(nodes, fields);
  if (!fields.contains("Response")) nodes.push_back(response_node());
  return write_by_turn(std::move(nodes), fields);
}

}  // namespace tegula::modelfile::go

#include "modelfile/lint.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

#include <fmt/core.h>

#include "base/utf8.h"
#include "modelfile/characters.h"
#include "modelfile/cursor.h"
#include "modelfile/go_template.h"
#include "modelfile/ollama_parser.h"
#include "modelfile/schema.h"
#include "modelfile/tegula_parser.h"

namespace tegula::modelfile {
namespace {

bool is_ascii(char32_t c) { return c < 0x80; }
bool is_joiner(char32_t c) { return c == 0x200C || c == 0x200D; }
bool is_variation_selector(char32_t c) {
  return (c >= 0xFE00 && c <= 0xFE0F) || (c >= 0xE0100 && c <= 0xE01EF);
}

// The place in the file of a place in the value.
Place within(Place value, Place inside) {
  if (inside.line == 1) return {value.line, value.column + inside.column - 1};
  return {value.line + inside.line - 1, inside.column};
}

char32_t first_of(std::string_view text) { return text.empty() ? U'\n' : utf8_next(text).value; }

class Linter {
 public:
  std::vector<Diagnostic> run(const Modelfile& modelfile);

 private:
  void check(const Command& command);
  void check_value_is_there(const Command& command);
  void check_repeat(const Command& command);
  void check_parameter_line(const Command& command);
  void check_label(const Command& command);
  void check_template(const Command& command);
  void check_draft(const Command& command);
  void check_characters(const Command& command);
  void check_character(char32_t c, char32_t before, char32_t after, Place place);

  void warn(std::string rule, Place place, std::string text, std::string hint = {}) {
    findings_.push_back({.severity = Severity::Warning,
                         .rule = std::move(rule),
                         .place = place,
                         .text = std::move(text),
                         .hint = std::move(hint)});
  }
  void refuse(std::string rule, Place place, Error error) {
    findings_.push_back({.code = error.code,
                         .rule = std::move(rule),
                         .place = place,
                         .text = std::move(error.text),
                         .hint = std::move(error.hint)});
  }

  template <class T>
  void expect(const Result<T>& result, std::string rule, const Command& command) {
    if (!result) refuse(std::move(rule), command.value_place, result.error());
  }

  std::vector<Diagnostic> findings_;
  std::map<std::string, int> lines_;  // of what was said before, by instruction and key
  std::set<std::string> bases_;       // what FROM names
};

std::vector<Diagnostic> Linter::run(const Modelfile& modelfile) {
  for (const Command& command : modelfile.commands)
    if (command.instruction == Instruction::From) bases_.insert(command.args);
  if (bases_.empty())
    refuse("no-from", {1, 1},
           {Code::InvalidArgument, "no FROM line",
            "name the model to start from: FROM <model or file>"});
  for (const Command& command : modelfile.commands) {
    check(command);
    check_characters(command);
  }
  return std::move(findings_);
}

void Linter::check(const Command& command) {
  switch (command.instruction) {
    case Instruction::From: return check_value_is_there(command);
    case Instruction::Adapter: return expect(parse_adapter(command.args), "bad-adapter", command);
    case Instruction::Draft:
      check_value_is_there(command);
      check_repeat(command);
      return check_draft(command);
    case Instruction::License:
    case Instruction::Message: return;
    case Instruction::System: return check_repeat(command);
    case Instruction::Template: check_repeat(command); return check_template(command);
    case Instruction::Renderer:
    case Instruction::Parser:
      check_repeat(command);
      return warn("not-portable", command.place,
                  fmt::format("{} names code inside Ollama", info_of(command.instruction).word),
                  "other launchers don't have it; a TEMPLATE works everywhere");
    case Instruction::Parameter: check_repeat(command); return check_parameter_line(command);
    case Instruction::Requires:
      check_repeat(command);
      return expect(parse_requires(command.args), "bad-requires", command);
    case Instruction::Target: return expect(parse_target(command.args), "bad-target", command);
    case Instruction::Label: return check_label(command);
  }
}

void Linter::check_value_is_there(const Command& command) {
  if (!command.args.empty()) return;
  refuse("empty-value", command.place,
         {Code::InvalidArgument,
          fmt::format("{} has an empty value", info_of(command.instruction).word),
          {}});
}

void Linter::check_repeat(const Command& command) {
  if (command.name == "stop") return;  // a list
  const InstructionInfo& info = info_of(command.instruction);
  const bool is_parameter = command.instruction == Instruction::Parameter;
  const std::string key =
      is_parameter ? fmt::format("{} {}", info.word, command.name) : std::string(info.word);
  const auto [before, is_first] = lines_.emplace(key, command.place.line);
  if (is_first) return;
  warn("repeated", command.place,
       fmt::format("{} was already given on line {}", key, before->second), "the last one counts");
  before->second = command.place.line;
}

void Linter::check_parameter_line(const Command& command) {
  const ParameterInfo* info = find_parameter(command.name);
  const Result<ParameterValue> value = check_parameter(command.name, command.args);
  if (value && command.name == "num_keep")
    warn("no-effect", command.place, "num_keep has no effect here",
         "the context never shifts: all of the prompt is kept, or it is refused");
  if (value) return;
  const Place name = command.name_place.line > 0 ? command.name_place : command.place;
  if (info == nullptr)
    refuse("unknown-parameter", name, value.error());
  else if (info->deprecated)
    refuse("deprecated-parameter", name, value.error());
  else
    refuse("wrong-value", command.value_place, value.error());
}

void Linter::check_label(const Command& command) {
  const Result<Label> label = parse_label(command.args);
  if (!label) return refuse("bad-label", command.value_place, label.error());
  const auto [before, is_first] = lines_.emplace("LABEL " + label->key, command.place.line);
  if (!is_first)
    warn("repeated", command.place,
         fmt::format("label {} was already given on line {}", quoted(label->key), before->second),
         "the last one counts");
}

void Linter::check_template(const Command& command) {
  if (detect_template(command.args) != TemplateSyntax::Go) return;
  expect(jinja_from_go_template(command.args), "unusable-template", command);
}

void Linter::check_draft(const Command& command) {
  if (command.args.empty() || !bases_.contains(command.args)) return;
  refuse("draft-is-base", command.value_place,
         {Code::InvalidArgument, "DRAFT names the same model as FROM",
          "a draft model is a smaller one with the same vocabulary"});
}

void Linter::check_characters(const Command& command) {
  const bool is_message = command.instruction == Instruction::Message;
  const std::string_view value = is_message ? message_of(command).text : command.args;
  char32_t before = U'\n';
  for (Cursor cursor(value); !cursor.done();) {
    const CodePoint point = utf8_next(cursor.rest());
    const char32_t after = first_of(cursor.rest().substr(point.bytes));
    check_character(point.value, before, after, within(command.value_place, cursor.place()));
    before = point.value;
    cursor.advance(point.bytes);
  }
}

void Linter::check_character(char32_t c, char32_t before, char32_t after, Place place) {
  if (is_ascii(c) && !is_invisible(c)) return;
  const std::string name = code_point_name(c);
  if (is_bidi_control(c))
    return warn("bidi-control", place, name + " reorders the text around it on the screen",
                "what is shown is not what the model reads");
  // Joiners belong inside emoji and inside words of many scripts, but not between ASCII.
  if (is_joiner(c) && !(is_ascii(before) && is_ascii(after))) return;
  const bool hidden_in_row = is_variation_selector(c) && is_variation_selector(before);
  if (is_invisible(c) || hidden_in_row)
    warn("invisible-character", place, name + " can't be seen", "take it out if it isn't meant");
}

}  // namespace

std::vector<Diagnostic> lint(const Modelfile& modelfile) { return Linter().run(modelfile); }

std::vector<Diagnostic> lint_text(std::string_view bytes, Dialect dialect) {
  if (dialect == Dialect::Ollama) {
    std::expected<Modelfile, Diagnostic> modelfile = parse_as_ollama(bytes);
    if (!modelfile) return {std::move(modelfile).error()};
    return lint(*modelfile);
  }
  std::expected<Document, Diagnostic> document = parse_document(bytes);
  if (!document) return {std::move(document).error()};
  return lint(commands_of(*std::move(document)));
}

}  // namespace tegula::modelfile

#include "modelfile/printer.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>

#include <fmt/core.h>

#include "base/utf8.h"
#include "modelfile/characters.h"
#include "modelfile/go_template.h"
#include "modelfile/ollama_parser.h"
#include "modelfile/schema.h"
#include "modelfile/value.h"

namespace tegula::modelfile {
namespace {

// What stands before the value, and the value.
struct Parts {
  std::string head;
  std::string_view value;
};

Parts parts_of(const Command& command) {
  const std::string_view word = info_of(command.instruction).word;
  if (command.instruction == Instruction::Parameter)
    return {fmt::format("{} {}", word, command.name), command.args};
  if (command.instruction != Instruction::Message) return {std::string(word), command.args};
  const Message message = message_of(command);
  return {fmt::format("{} {}", word, message.role), message.text};
}

Result<void> check_printable(const Command& command) {
  const InstructionInfo& info = info_of(command.instruction);
  if (command.instruction == Instruction::Parameter) {
    if (!is_parameter_name(command.name))
      return fail(Code::InvalidArgument, "PARAMETER has the name " + quoted(command.name),
                  "a name has letters, digits and _");
  } else if (command.name != info.name) {
    return fail(Code::InvalidArgument,
                fmt::format("{} has the name {}", info.word, quoted(command.name)));
  }
  if (command.instruction == Instruction::Message) {
    const bool has_role = command.args.find(": ") != std::string::npos;
    if (!has_role || !is_message_role(message_of(command).role))
      return fail(Code::InvalidArgument, "MESSAGE is " + quoted(command.args),
                  "it is \"role: text\" with role system, user or assistant");
  }
  if (!is_utf8(command.args))
    return fail(Code::InvalidArgument, fmt::format("{} is not UTF-8", info.word));
  return {};
}

bool has_line_end(std::string_view value) {
  return value.find_first_of("\r\n") != std::string_view::npos;
}

// Ollama's three forms, the most readable one for this value first.
std::array<std::string, 3> forms_of(std::string_view value) {
  std::string plain(value);
  std::string single = fmt::format("\"{}\"", value);
  std::string triple = fmt::format(R"("""{}""")", value);
  if (value.empty()) return {single, triple, plain};
  if (has_line_end(value)) return {triple, single, plain};
  return {plain, single, triple};
}

bool reads_back(std::string_view form, std::string_view value) {
  const std::optional<Value> read = read_value(form);
  return read && read->size == form.size() && read->text == value;
}

std::string printed(const Parts& parts) {
  for (const std::string& form : forms_of(parts.value))
    if (!form.empty() && reads_back(form, parts.value))
      return fmt::format("{} {}\n", parts.head, form);
  return fmt::format("{}{}\n", parts.head, raw_form(parts.value));
}

std::string quote_as_ollama(std::string_view value) {
  const bool needs_quotes =
      value.find('\n') != std::string_view::npos || value.starts_with(' ') || value.ends_with(' ');
  if (!needs_quotes) return std::string(value);
  const std::string_view fence = value.find('"') == std::string_view::npos ? "\"" : R"(""")";
  return fmt::format("{}{}{}", fence, value, fence);
}

// By name alone, as Ollama does, so that PARAMETER model x comes out as FROM x.
std::string line_as_ollama(const Command& command) {
  const auto all = instructions();
  const auto info = std::ranges::find_if(all, [&](const InstructionInfo& i) {
    return i.in_ollama && i.instruction != Instruction::Parameter && i.name == command.name;
  });
  if (info == all.end())
    return fmt::format("PARAMETER {} {}\n", command.name, quote_as_ollama(command.args));
  if (info->instruction == Instruction::From) return fmt::format("FROM {}\n", command.args);
  if (info->instruction != Instruction::Message)
    return fmt::format("{} {}\n", info->word, quote_as_ollama(command.args));
  const Message message = message_of(command);
  return fmt::format("MESSAGE {} {}\n", message.role, quote_as_ollama(message.text));
}

bool ollama_reads_back(const std::string& line, const Command& command) {
  const std::expected<Modelfile, Diagnostic> read = parse_as_ollama("FROM x\n" + line);
  return read && read->commands.size() == 2 && read->commands[1] == command;
}

std::optional<char32_t> first_dropped(std::string_view value) {
  while (!value.empty()) {
    const CodePoint point = utf8_next(value);
    if (!is_go_printable(point.value) && point.value != '\t' && !is_newline(point.value))
      return point.value;
    value.remove_prefix(point.bytes);
  }
  return std::nullopt;
}

bool has_scale(std::string_view args) {
  const Result<Adapter> adapter = parse_adapter(args);
  return adapter && adapter->path != args;
}

// What Ollama would read, and take for something else.
Result<void> check_meaning(const Command& command, bool is_first) {
  if (command.instruction == Instruction::Adapter && has_scale(command.args))
    return fail(Code::Unsupported, "Ollama has no scale of adapters",
                "merge the scale into the adapter, or keep this Modelfile for Tegula");
  if (command.instruction == Instruction::Adapter && !is_first)
    return fail(Code::Unsupported, "Ollama takes one adapter, the last",
                "merge the adapters, or keep this Modelfile for Tegula");
  if (command.instruction == Instruction::Template &&
      detect_template(command.args) == TemplateSyntax::Jinja)
    return fail(Code::Unsupported, "this is Jinja, and Ollama's templates are Go's",
                "leave it out if the model file has the same template: Ollama uses that");
  return {};
}

Result<std::string> exported(const Command& command, bool is_first) {
  TRY(check_printable(command));
  const Parts parts = parts_of(command);
  const std::string where = parts.head + ": ";
  TRY(check_meaning(command, is_first), parts.head);
  for (const std::string& form : forms_of(parts.value)) {
    std::string line = fmt::format("{} {}\n", parts.head, form);
    if (ollama_reads_back(line, command)) return line;
  }
  if (const std::optional<char32_t> dropped = first_dropped(parts.value))
    return fail(Code::Unsupported, where + "Ollama would drop " + code_point_name(*dropped),
                "take the character out, or keep this Modelfile for Tegula");
  return fail(Code::Unsupported, where + "Ollama has no quoting for this value",
              R"(""" stands at the end of a line inside it)");
}

}  // namespace

Result<std::string> print(const Command& command) {
  TRY(check_printable(command));
  return printed(parts_of(command));
}

Result<std::string> print(const Modelfile& modelfile) {
  std::string text;
  for (const Command& command : modelfile.commands) text += TRY(print(command));
  return text;
}

std::string print_as_ollama(const Modelfile& modelfile) {
  std::string text;
  for (const Command& command : modelfile.commands) text += line_as_ollama(command);
  return text;
}

std::expected<OllamaExport, Diagnostic> export_to_ollama(const Modelfile& modelfile) {
  OllamaExport out;
  std::set<Instruction> seen;
  for (const Command& command : modelfile.commands) {
    const InstructionInfo& info = info_of(command.instruction);
    if (info.in_ollama) {
      Result<std::string> line = exported(command, seen.insert(command.instruction).second);
      if (!line)
        return std::unexpected(Diagnostic{.code = line.error().code,
                                          .rule = "not-in-ollama",
                                          .place = command.value_place,
                                          .text = std::move(line.error().text),
                                          .hint = std::move(line.error().hint)});
      out.text += *line;
      continue;
    }
    out.warnings.push_back({.severity = Severity::Warning,
                            .rule = "not-in-ollama",
                            .place = command.place,
                            .text = fmt::format("{} is left out: Ollama has none", info.word),
                            .hint = {}});
  }
  return out;
}

}  // namespace tegula::modelfile

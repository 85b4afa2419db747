#include "modelfile/tegula_parser.h"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

#include "base/limits.h"
#include "base/printable.h"
#include "modelfile/characters.h"
#include "modelfile/cursor.h"
#include "modelfile/decode.h"
#include "modelfile/limit_errors.h"
#include "modelfile/schema.h"
#include "modelfile/value.h"

namespace tegula::modelfile {
namespace {

using Failure = std::optional<Diagnostic>;

bool is_word_end(char32_t c) { return is_blank(c) || is_newline(c); }

Diagnostic refusal(std::string rule, Place place, std::string text, std::string hint) {
  return {
      .rule = std::move(rule), .place = place, .text = std::move(text), .hint = std::move(hint)};
}

std::string did_you_mean(std::string_view word) {
  return word.empty() ? std::string() : fmt::format("did you mean {}?", word);
}

class DocumentParser {
 public:
  explicit DocumentParser(std::string_view text) : cursor_(text) {}
  std::expected<Document, Diagnostic> run();

 private:
  bool skip_to_item();  // returns whether there was an empty line
  std::string take_comment();
  Failure take_command(Command& command);
  Failure take_word(Command& command);
  Failure take_parameter_name(Command& command);
  Failure take_role(std::string& role);
  Failure take_value(std::string_view after, Command& command);
  Failure take_quoted_value(Command& command);
  Failure take_raw_value(Command& command);

  Diagnostic unknown_instruction(std::string_view word, Place place) const;
  Diagnostic unclosed(Place place) const;
  void skip_blanks() { cursor_.take_while(is_blank); }
  std::string_view take_nonblank() {
    return cursor_.take_while([](char32_t c) { return !is_word_end(c); });
  }

  Cursor cursor_;
  std::size_t commands_ = 0;
};

std::expected<Document, Diagnostic> DocumentParser::run() {
  Document document;
  while (true) {
    Item item;
    item.blank_line_before = skip_to_item();
    if (cursor_.done()) return document;
    if (cursor_.peek() == '#') {
      item.comment = take_comment();
    } else {
      item.command.emplace();
      if (Failure failure = take_command(*item.command))
        return std::unexpected(std::move(*failure));
    }
    document.items.push_back(std::move(item));
  }
}

bool DocumentParser::skip_to_item() {
  const int line = cursor_.place().line;
  const bool at_line_start = cursor_.place().column == 1;
  cursor_.take_while(is_word_end);
  return cursor_.place().line - line > (at_line_start ? 0 : 1);
}

std::string DocumentParser::take_comment() {
  return std::string(trim(cursor_.take_while([](char32_t c) { return !is_newline(c); })));
}

Failure DocumentParser::take_command(Command& command) {
  command.place = cursor_.place();
  if (++commands_ > limits::kModelfileCommandsMax) return too_many_commands(command.place);
  if (Failure failure = take_word(command)) return failure;
  const std::string_view word = info_of(command.instruction).word;
  if (command.instruction == Instruction::Parameter) {
    if (Failure failure = take_parameter_name(command)) return failure;
    return take_value(command.name, command);
  }
  if (command.instruction != Instruction::Message) return take_value(word, command);

  std::string role;
  if (Failure failure = take_role(role)) return failure;
  if (Failure failure = take_value(role, command)) return failure;
  command.args = fmt::format("{}: {}", role, command.args);
  return {};
}

Failure DocumentParser::take_word(Command& command) {
  const Place place = cursor_.place();
  const std::string_view text = cursor_.rest();
  const std::string_view word = cursor_.take_while(is_letter);
  const InstructionInfo* info = find_instruction(word);
  if (info == nullptr) {
    const std::string_view rest = take_nonblank();
    return unknown_instruction(text.substr(0, word.size() + rest.size()), place);
  }
  command.instruction = info->instruction;
  command.name = info->name;
  return {};
}

Diagnostic DocumentParser::unknown_instruction(std::string_view word, Place place) const {
  std::string hint = did_you_mean(nearest_instruction(word));
  if (find_parameter(word) != nullptr)
    hint = fmt::format("write PARAMETER {} …", word);
  else if (hint.empty() && commands_ > 1)
    hint = R"(a value of several lines stands between """ and """)";
  else if (hint.empty())
    hint = "instructions are " + instruction_words();
  return refusal("unknown-instruction", place, "unknown instruction " + quoted(word),
                 std::move(hint));
}

Failure DocumentParser::take_parameter_name(Command& command) {
  skip_blanks();
  const Place place = cursor_.place();
  const std::string_view name = cursor_.take_while(is_name_char);
  if (name.empty())
    return refusal("bad-parameter-name", place, "PARAMETER needs a name of letters, digits and _",
                   "PARAMETER <name> <value>, such as PARAMETER temperature 0.7");
  command.name = name;
  command.name_place = place;
  return {};
}

Failure DocumentParser::take_role(std::string& role) {
  skip_blanks();
  const Place place = cursor_.place();
  role = cursor_.take_while(is_letter);
  if (is_message_role(role)) return {};
  return refusal("bad-role", place,
                 role.empty() ? "MESSAGE needs a role" : "unknown role " + quoted(role),
                 "roles are system, user, assistant (lower case), then the text");
}

// A value stands after a blank, or is raw and follows its word directly. `after` is that word.
Failure DocumentParser::take_value(std::string_view after, Command& command) {
  const Place place = cursor_.place();
  const std::string_view rest = cursor_.rest();
  if (rest.starts_with('#')) return take_raw_value(command);
  if (rest.empty() || is_newline(rest.front()))
    return refusal("missing-value", place, fmt::format("{} has no value", after),
                   fmt::format("an empty value is written {} \"\"", after));
  if (is_blank(rest.front())) return take_quoted_value(command);
  return refusal("missing-blank", place,
                 fmt::format("expected a blank after {}, got {}", after, quoted(take_nonblank())),
                 {});
}

Failure DocumentParser::take_quoted_value(Command& command) {
  skip_blanks();
  const Place start = cursor_.place();
  const std::string_view rest = cursor_.rest();
  const std::optional<Value> value = read_value(rest);
  if (!value) return unclosed(start);
  const auto quotes = static_cast<std::size_t>(value->text.data() - rest.data());
  cursor_.advance(quotes);
  command.value_place = cursor_.place();
  command.args = value->text;
  cursor_.advance(value->size - quotes);
  return {};
}

Diagnostic DocumentParser::unclosed(Place place) const {
  const bool triple = cursor_.rest().starts_with(R"(""")");
  const std::string_view quotes = triple ? R"(""")" : "\"";
  return refusal("unclosed-quotes", place, fmt::format("{} is never closed", quotes),
                 fmt::format("the closing {} must be the last thing on its line", quotes));
}

Failure DocumentParser::take_raw_value(Command& command) {
  const Place start = cursor_.place();
  const std::string_view hashes = cursor_.take_while([](char32_t c) { return c == '#'; });
  if (cursor_.peek() != '"')
    return refusal("missing-blank", start,
                   fmt::format("expected a blank or a raw value, got {}", quoted(hashes)),
                   R"(a raw value is written #"…"#)");
  const std::string_view rest(hashes.data(), hashes.size() + cursor_.rest().size());
  const std::optional<Value> value = read_raw_value(rest);
  if (!value)
    return refusal("unclosed-quotes", start, "raw value is never closed",
                   fmt::format("it ends with \"{}", printable(hashes)));
  cursor_.advance(1);
  command.value_place = cursor_.place();
  command.args = value->text;
  cursor_.advance(value->size - hashes.size() - 1);
  skip_blanks();
  if (cursor_.done() || is_newline(static_cast<unsigned char>(cursor_.peek()))) return {};
  return refusal("text-after-raw", cursor_.place(), "text after the end of a raw value", {});
}

}  // namespace

std::expected<Document, Diagnostic> parse_document(std::string_view bytes) {
  if (bytes.size() > limits::kModelfileBytesMax) return std::unexpected(too_many_bytes());
  const std::expected<std::string, Diagnostic> text = decode_strictly(bytes);
  if (!text) return std::unexpected(text.error());
  return DocumentParser(*text).run();
}

Modelfile commands_of(Document document) {
  Modelfile modelfile;
  for (Item& item : document.items)
    if (item.command) modelfile.commands.push_back(std::move(*item.command));
  return modelfile;
}

}  // namespace tegula::modelfile

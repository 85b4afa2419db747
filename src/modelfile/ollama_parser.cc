#include "modelfile/ollama_parser.h"

#include <optional>
#include <utility>

#include <fmt/core.h>

#include "base/limits.h"
#include "base/utf8.h"
#include "modelfile/characters.h"
#include "modelfile/cursor.h"
#include "modelfile/decode.h"
#include "modelfile/limit_errors.h"
#include "modelfile/schema.h"
#include "modelfile/value.h"

namespace tegula::modelfile {
namespace {

constexpr std::string_view kInvalidCommand =
    R"(command must be one of "from", "license", "template", "system", "adapter", "draft", )"
    R"("renderer", "parser", "parameter", "message", or "requires")";
constexpr std::string_view kInvalidRole =
    R"(message role must be one of "system", "user", or "assistant")";
constexpr std::string_view kUnexpectedEnd = "unexpected EOF";

using Failure = std::optional<Diagnostic>;

// The characters read so far in one state. Ollama drops what Go can't print, here as there.
class Buffer {
 public:
  void clear() { *this = {}; }

  void keep(char32_t c, Place place) {
    if (!is_go_printable(c)) return;
    if (ink_end_ == 0) first_ink_ = {text_.size(), place};
    utf8_append(text_, c);
    ink_end_ = text_.size();
  }

  // Blanks and line ends inside a value are kept though Go can't print a tab.
  void keep_space(char32_t c) { utf8_append(text_, c); }

  const std::string& text() const { return text_; }
  Place place() const { return first_ink_.place; }

  // strings.TrimSpace: no other white space ever gets in here.
  std::string_view trimmed() const {
    if (ink_end_ == 0) return {};
    return std::string_view(text_).substr(first_ink_.offset, ink_end_ - first_ink_.offset);
  }

 private:
  struct Ink {
    std::size_t offset = 0;
    Place place;
  };

  std::string text_;
  Ink first_ink_;
  std::size_t ink_end_ = 0;
};

class Machine {
 public:
  Failure take(char32_t c, Place place);
  Failure finish();
  std::expected<Modelfile, Diagnostic> result() &&;

 private:
  enum class State { Start, Word, ParameterName, Role, Value, Comment };

  Failure at_start(char32_t c);
  Failure in_word(char32_t c);
  Failure in_parameter_name(char32_t c);
  Failure in_role(char32_t c);
  Failure in_value(char32_t c);
  Failure in_comment(char32_t c);

  Failure end_word();
  Failure end_role();
  Failure end_command(std::string_view value);

  void enter(State state) {
    state_ = state;
    buffer_.clear();
  }

  Failure fail_on_line(std::string_view text) const {
    return Diagnostic{.rule = "ollama-syntax",
                      .place = {line_, 0},
                      .text = fmt::format("(line {}): {}", line_, text),
                      .hint = {}};
  }
  static Failure fail_at_end(std::string_view text) {
    return Diagnostic{.rule = "ollama-syntax", .place = {}, .text = std::string(text), .hint = {}};
  }

  State state_ = State::Start;
  Buffer buffer_;
  Command command_;
  std::string role_;
  Place place_;   // of the character being taken
  int line_ = 1;  // as Ollama counts: CR and LF both, before looking at them
  Modelfile modelfile_;
};

Failure Machine::take(char32_t c, Place place) {
  place_ = place;
  if (is_newline(c)) ++line_;
  switch (state_) {
    case State::Start: return at_start(c);
    case State::Word: return in_word(c);
    case State::ParameterName: return in_parameter_name(c);
    case State::Role: return in_role(c);
    case State::Value: return in_value(c);
    case State::Comment: return in_comment(c);
  }
  return {};
}

Failure Machine::at_start(char32_t c) {
  if (c == '#') {
    enter(State::Comment);
  } else if (!is_blank(c) && !is_newline(c)) {
    enter(State::Word);
    command_.place = place_;
    buffer_.keep(c, place_);  // any character may begin a word; end_word() judges
  }
  return {};
}

Failure Machine::in_word(char32_t c) {
  if (is_blank(c)) return end_word();
  if (!is_letter(c)) return fail_on_line(kInvalidCommand);
  buffer_.keep(c, place_);
  return {};
}

Failure Machine::end_word() {
  const InstructionInfo* info = find_instruction(buffer_.text());
  if (info == nullptr || !info->in_ollama) return fail_on_line(kInvalidCommand);
  command_.instruction = info->instruction;
  command_.name = info->name;
  if (info->instruction == Instruction::Parameter)
    enter(State::ParameterName);
  else if (info->instruction == Instruction::Message)
    enter(State::Role);
  else
    enter(State::Value);
  return {};
}

// One blank ends the name, so that after two blanks the name is empty.
Failure Machine::in_parameter_name(char32_t c) {
  if (is_blank(c)) {
    command_.name = buffer_.text();
    enter(State::Value);
    return {};
  }
  if (!is_name_char(c)) return fail_at_end(fmt::format("{}: {}", kUnexpectedEnd, buffer_.text()));
  buffer_.keep(c, place_);
  return {};
}

Failure Machine::in_role(char32_t c) {
  if (is_blank(c)) return end_role();
  if (!is_letter(c)) return fail_at_end(fmt::format("{}: {}", kUnexpectedEnd, buffer_.text()));
  buffer_.keep(c, place_);
  return {};
}

Failure Machine::end_role() {
  if (!is_message_role(buffer_.text())) return fail_on_line(kInvalidRole);
  role_ = buffer_.text();
  enter(State::Value);
  return {};
}

// A value ends only at a line end, and only when its quotes are closed.
Failure Machine::in_value(char32_t c) {
  if (is_newline(c)) {
    if (const std::optional<std::string_view> value = unquote(buffer_.trimmed()))
      return end_command(*value);
  }
  if (is_blank(c) || is_newline(c))
    buffer_.keep_space(c);
  else
    buffer_.keep(c, place_);
  return {};
}

Failure Machine::in_comment(char32_t c) {
  if (is_newline(c)) enter(State::Start);
  return {};
}

Failure Machine::end_command(std::string_view value) {
  if (modelfile_.commands.size() == limits::kModelfileCommandsMax)
    return too_many_commands(command_.place);
  command_.args = role_.empty() ? std::string(value) : fmt::format("{}: {}", role_, value);
  command_.value_place = buffer_.place();
  command_.value_place.column +=
      static_cast<int>(buffer_.trimmed().size() - value.size()) / 2;  // the quotes
  role_.clear();
  modelfile_.commands.push_back(command_);
  enter(State::Start);
  return {};
}

Failure Machine::finish() {
  switch (state_) {
    case State::Start:
    case State::Comment: return {};
    case State::Value:
      if (const std::optional<std::string_view> value = unquote(buffer_.trimmed()))
        return end_command(*value);
      return fail_at_end(kUnexpectedEnd);
    case State::Word:
    case State::ParameterName:
    case State::Role: return fail_at_end(kUnexpectedEnd);
  }
  return {};
}

std::expected<Modelfile, Diagnostic> Machine::result() && {
  // By name, as Ollama does: PARAMETER model … counts as a FROM.
  for (const Command& command : modelfile_.commands)
    if (command.name == "model") return std::move(modelfile_);
  return std::unexpected(*fail_at_end("no FROM line"));
}

}  // namespace

std::expected<Modelfile, Diagnostic> parse_as_ollama(std::string_view bytes) {
  if (bytes.size() > limits::kModelfileBytesMax) return std::unexpected(too_many_bytes());
  const std::string text = decode_as_ollama(bytes);
  Machine machine;
  for (Cursor cursor(text); !cursor.done();) {
    const CodePoint point = utf8_next(cursor.rest());
    if (Failure failure = machine.take(point.value, cursor.place()))
      return std::unexpected(std::move(*failure));
    cursor.advance(point.bytes);
  }
  if (Failure failure = machine.finish()) return std::unexpected(std::move(*failure));
  return std::move(machine).result();
}

}  // namespace tegula::modelfile

// What the user types in a chat: a question, perhaps over several lines, or a slash command.
//
// Thread rule: one thread at a time.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tegula::cli {

// What was typed, whole.
struct Typed {
  std::string text;
  bool is_quoted = false;  // it was in """, and so is no command whatever it says
  friend bool operator==(const Typed&, const Typed&) = default;
};

// Puts lines together: """ opens a text that goes on until the next """; a backslash at the end of
// a line goes on in the next. A line may hold line feeds, if it was pasted.
class ChatInput {
 public:
  // The whole input once this line completes it.
  std::optional<Typed> add(std::string_view line);

  // Whether a text is open, so that the prompt can say so.
  bool open() const { return quoted_ || !text_.empty(); }

  void reset();

 private:
  std::string text_;
  bool quoted_ = false;
};

struct SlashCommand {
  std::string name;      // "set"
  std::string argument;  // the rest, trimmed
};

// "/set system Be brief." → {"set", "system Be brief."}; nothing if the input is no command, such
// as "/etc/hosts".
std::optional<SlashCommand> slash_command(std::string_view input);

// Splits the first word off: "system Be brief." → {"system", "Be brief."}.
SlashCommand split_word(std::string_view text);

}  // namespace tegula::cli

// What the user types in a chat: a question, perhaps over several lines, or a slash command.
//
// Thread rule: one thread at a time.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tegula::cli {

// Puts lines together: """ opens a text that goes on until the next """; a backslash at the end of
// a line goes on in the next.
class ChatInput {
 public:
  // The whole input once this line completes it.
  std::optional<std::string> add(std::string_view line);

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

// "/set system Be brief." → {"set", "system Be brief."}; nothing if the input is no command. An
// input in """ is never one.
std::optional<SlashCommand> slash_command(std::string_view input);

// Splits the first word off: "system Be brief." → {"system", "Be brief."}.
SlashCommand split_word(std::string_view text);

}  // namespace tegula::cli

#include "cli/chat_input.h"

#include <algorithm>
#include <utility>

namespace tegula::cli {
namespace {

constexpr std::string_view kFence = "\"\"\"";

// "/etc/hosts" and "/2" are part of a question.
bool is_command_character(char c) { return (c >= 'a' && c <= 'z') || c == '?'; }

std::string_view trim(std::string_view text) {
  const std::size_t start = text.find_first_not_of(" \t\r\n");
  if (start == std::string_view::npos) return {};
  return text.substr(start, text.find_last_not_of(" \t\r\n") - start + 1);
}

}  // namespace

std::optional<Typed> ChatInput::add(std::string_view line) {
  if (!quoted_ && text_.empty() && trim(line).starts_with(kFence)) {
    quoted_ = true;
    line = trim(line).substr(kFence.size());
  }
  if (quoted_) {
    const std::size_t end = line.find(kFence);
    text_ += line.substr(0, end);
    if (end == std::string_view::npos) {
      text_ += '\n';
      return std::nullopt;
    }
    text_ += line.substr(end + kFence.size());
    quoted_ = false;
    return Typed{std::exchange(text_, {}), true};
  }
  if (line.ends_with('\\')) {
    text_ += line.substr(0, line.size() - 1);
    text_ += '\n';
    return std::nullopt;
  }
  text_ += line;
  return Typed{std::exchange(text_, {}), false};
}

void ChatInput::reset() {
  text_.clear();
  quoted_ = false;
}

std::optional<SlashCommand> slash_command(std::string_view input) {
  const std::string_view text = trim(input);
  if (!text.starts_with('/') || text.find('\n') != std::string_view::npos) return std::nullopt;
  SlashCommand out = split_word(text.substr(1));
  if (!std::ranges::all_of(out.name, is_command_character)) return std::nullopt;
  return out;
}

SlashCommand split_word(std::string_view text) {
  text = trim(text);
  const std::size_t blank = text.find_first_of(" \t");
  if (blank == std::string_view::npos) return {std::string(text), {}};
  return {std::string(text.substr(0, blank)), std::string(trim(text.substr(blank)))};
}

}  // namespace tegula::cli

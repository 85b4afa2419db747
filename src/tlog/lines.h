// Texts of lines that each end with a line feed. For this folder's parsers.
#pragma once

#include <optional>
#include <string_view>

namespace tegula::tlog {

// Takes the first line off `text` and returns it without its line feed; nothing if no line feed is
// left, even if there is text.
std::optional<std::string_view> take_line(std::string_view& text);

// Takes everything up to the first space off `text`, and the space; nothing without a space.
std::optional<std::string_view> take_word(std::string_view& text);

}  // namespace tegula::tlog

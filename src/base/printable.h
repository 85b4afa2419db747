// Outside text in a message or on a terminal: nothing in it can move the cursor, change colours,
// reorder its neighbours or hide.
//
// Thread rule: free functions over values.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tegula {

// Controls, format characters (direction, joiners, tags), line and paragraph separators: Unicode's
// Cc, Cf, Zl and Zp.
bool is_unprintable(char32_t c);

// One line: what is unprintable becomes "<U+001B>", bytes that aren't UTF-8 become U+FFFD, what is
// over `chars_max` becomes "…".
std::string printable(std::string_view text, std::size_t chars_max = 80);

// A text of any length in a block of its own: line feeds and tabs stay, and so do the format
// characters that scripts and emoji need, such as joiners. What could drive the terminal or reorder
// a line is shown as above.
std::string printable_lines(std::string_view text);

}  // namespace tegula

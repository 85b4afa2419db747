// Outside text inside a message: one line, no control characters, valid UTF-8, not too long.
// Thread rule: a free function over values.
#pragma once

#include <string>
#include <string_view>

namespace tegula::content {

// Control characters and bytes that aren't UTF-8 become "?"; what is over `chars_max` becomes "…".
std::string printable(std::string_view text, std::size_t chars_max = 80);

}  // namespace tegula::content

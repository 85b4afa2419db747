// Text laid out for a terminal.
//
// Thread rule: free functions over values.
#pragma once

#include <string>
#include <string_view>

namespace tegula::cli {

// With line feeds at blanks, so that no line has more than `columns` bytes; longer words stay
// whole.
std::string wrapped(std::string_view text, std::size_t columns);

}  // namespace tegula::cli

#include "cli/terminal_text.h"

#include <algorithm>

namespace tegula::cli {

std::string wrapped(std::string_view text, std::size_t columns) {
  std::string out;
  std::size_t line = 0;  // bytes on the last line
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    if (line > 0) {
      const bool fits = line + 1 + end <= columns;
      out += fits ? ' ' : '\n';
      line = fits ? line + 1 : 0;
    }
    out += text.substr(0, end);
    line += end;
    text.remove_prefix(std::min(text.size(), end + 1));
  }
  return out;
}

}  // namespace tegula::cli

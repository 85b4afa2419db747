#include "base/printable.h"

#include <algorithm>
#include <array>

#include <fmt/core.h>

#include "base/utf8.h"

namespace tegula {
namespace {

struct Range {
  char32_t first;
  char32_t last;
};

// Unicode 15, categories Cc, Cf, Zl and Zp, and all of the tag characters.
constexpr std::array kUnprintable = {
    Range{0x0, 0x1F},        Range{0x7F, 0x9F},       Range{0xAD, 0xAD},
    Range{0x600, 0x605},     Range{0x61C, 0x61C},     Range{0x6DD, 0x6DD},
    Range{0x70F, 0x70F},     Range{0x890, 0x891},     Range{0x8E2, 0x8E2},
    Range{0x180E, 0x180E},   Range{0x200B, 0x200F},   Range{0x2028, 0x202E},
    Range{0x2060, 0x2064},   Range{0x2066, 0x206F},   Range{0xFEFF, 0xFEFF},
    Range{0xFFF9, 0xFFFB},   Range{0x110BD, 0x110BD}, Range{0x110CD, 0x110CD},
    Range{0x13430, 0x1343F}, Range{0x1BCA0, 0x1BCA3}, Range{0x1D173, 0x1D17A},
    Range{0xE0000, 0xE007F},
};

// What a text may hold for good reasons, though it can't be seen.
bool belongs_in_text(char32_t c) {
  return c == '\n' || c == '\t' || c == 0xAD || c == 0x61C || (c >= 0x200B && c <= 0x200F) ||
         (c >= 0x2060 && c <= 0x2064) || c == 0xFEFF;
}

void append(std::string& out, char32_t c, bool visible) {
  if (visible)
    utf8_append(out, c);
  else
    out += fmt::format("<U+{:04X}>", static_cast<std::uint32_t>(c));
}

}  // namespace

bool is_unprintable(char32_t c) {
  const auto* const range = std::ranges::lower_bound(kUnprintable, c, {}, &Range::last);
  return range != kUnprintable.end() && c >= range->first;
}

std::string printable(std::string_view text, std::size_t chars_max) {
  std::string out;
  for (std::size_t chars = 0; !text.empty(); ++chars) {
    if (chars == chars_max) return out + "…";
    const CodePoint point = utf8_next(text);
    text.remove_prefix(point.bytes);
    append(out, point.value, !is_unprintable(point.value));
  }
  return out;
}

std::string printable_lines(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const CodePoint point = utf8_next(text);
    text.remove_prefix(point.bytes);
    append(out, point.value, belongs_in_text(point.value) || !is_unprintable(point.value));
  }
  return out;
}

}  // namespace tegula

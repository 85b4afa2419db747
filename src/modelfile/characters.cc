#include "modelfile/characters.h"

#include <algorithm>
#include <utf8proc.h>

#include <fmt/core.h>

#include "base/printable.h"

namespace tegula::modelfile {
namespace {

constexpr std::size_t kQuotedCharsMax = 60;

utf8proc_category_t category_of(char32_t c) {
  return utf8proc_category(static_cast<utf8proc_int32_t>(c));
}

bool is_trimmed(char c) { return is_blank(c) || is_newline(c); }

}  // namespace

std::string_view trim(std::string_view text) {
  while (!text.empty() && is_trimmed(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_trimmed(text.back())) text.remove_suffix(1);
  return text;
}

std::size_t newline_size(std::string_view text) {
  if (text.starts_with("\r\n")) return 2;
  return !text.empty() && is_newline(text.front()) ? 1 : 0;
}

bool is_go_printable(char32_t c) {
  if (c < 0x80) return c >= 0x20 && c < 0x7F;
  const utf8proc_category_t category = category_of(c);
  return category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_SO;
}

bool is_bidi_control(char32_t c) {
  return c == 0x061C || c == 0x200E || c == 0x200F || (c >= 0x202A && c <= 0x202E) ||
         (c >= 0x2066 && c <= 0x2069);
}

bool is_invisible(char32_t c) { return c != '\t' && !is_newline(c) && is_unprintable(c); }

int display_columns(char32_t c) {
  return std::max(0, utf8proc_charwidth(static_cast<utf8proc_int32_t>(c)));
}

std::string code_point_name(char32_t c) {
  return fmt::format("U+{:04X}", static_cast<std::uint32_t>(c));
}

std::string quoted(std::string_view text) { return "\"" + printable(text, kQuotedCharsMax) + "\""; }

}  // namespace tegula::modelfile

#include "codec/excerpt.h"

#include <algorithm>

#include <fmt/format.h>

namespace tegula::codec {

std::string excerpt(std::string_view text) {
  constexpr std::size_t kCharsMax = 100;
  std::string out;
  for (const char c : text.substr(0, kCharsMax)) out.push_back(c >= 0x20 && c < 0x7F ? c : '?');
  if (text.size() > kCharsMax) out += "...";
  return out;
}

std::string place_of(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, std::min(offset, text.size()));
  const auto line = std::ranges::count(before, '\n') + 1;
  const std::size_t newline = before.rfind('\n');
  const std::size_t column = before.size() - (newline == before.npos ? 0 : newline + 1) + 1;
  return fmt::format("line {}, column {}", line, column);
}

}  // namespace tegula::codec

#include "tlog/lines.h"

namespace tegula::tlog {
namespace {

std::optional<std::string_view> take_until(std::string_view& text, char end) {
  const std::size_t at = text.find(end);
  if (at == text.npos) return std::nullopt;
  const std::string_view out = text.substr(0, at);
  text.remove_prefix(at + 1);
  return out;
}

}  // namespace

std::optional<std::string_view> take_line(std::string_view& text) { return take_until(text, '\n'); }

std::optional<std::string_view> take_word(std::string_view& text) { return take_until(text, ' '); }

}  // namespace tegula::tlog

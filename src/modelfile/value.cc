#include "modelfile/value.h"

#include <algorithm>

#include "modelfile/characters.h"

namespace tegula::modelfile {
namespace {

constexpr std::string_view kTriple = R"(""")";

}  // namespace

std::optional<std::string_view> unquote(std::string_view trimmed) {
  const std::string_view fence = trimmed.starts_with(kTriple) ? kTriple : kTriple.substr(0, 1);
  if (!trimmed.starts_with(fence)) return trimmed;
  const bool closed = trimmed.size() >= 2 * fence.size() && trimmed.ends_with(fence);
  if (!closed) return std::nullopt;
  return trimmed.substr(fence.size(), trimmed.size() - 2 * fence.size());
}

std::optional<Value> read_value(std::string_view text) {
  const auto is_ink = [&](std::size_t i) { return !is_blank(text[i]) && !is_newline(text[i]); };
  std::size_t first = 0, last = 0;  // the trimmed value is [first, last)
  for (std::size_t i = 0; i <= text.size(); ++i) {
    if (i < text.size() && is_ink(i)) {
      if (last == 0) first = i;
      last = i + 1;
      continue;
    }
    if (i < text.size() && is_blank(text[i])) continue;
    const std::optional<std::string_view> value = unquote(text.substr(first, last - first));
    if (value) return Value{*value, i};
  }
  return std::nullopt;
}

std::optional<Value> read_raw_value(std::string_view text) {
  const std::size_t hashes = text.find('"');
  if (hashes == std::string_view::npos) return std::nullopt;
  const std::string close = "\"" + std::string(text.substr(0, hashes));
  const std::size_t start = hashes + 1;
  const std::size_t end = text.find(close, start);
  if (end == std::string_view::npos) return std::nullopt;
  return Value{text.substr(start, end - start), end + close.size()};
}

std::string raw_form(std::string_view value) {
  std::size_t most = 0;  // '#' in a row after a quotation mark
  for (std::size_t i = value.find('"'); i != std::string_view::npos; i = value.find('"', i + 1)) {
    const std::size_t after = std::min(value.find_first_not_of('#', i + 1), value.size());
    most = std::max(most, after - i - 1);
  }
  const std::string hashes(most + 1, '#');
  return hashes + "\"" + std::string(value) + "\"" + hashes;
}

}  // namespace tegula::modelfile

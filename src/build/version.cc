#include "build/version.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include <fmt/format.h>

#include "build/recipe.h"

namespace tegula::build {
namespace {

// Takes the part up to `mark` off the front.
std::string_view next_part(std::string_view& text, char mark) {
  const std::size_t end = std::min(text.find(mark), text.size());
  const std::string_view part = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return part;
}

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return out;
}

// Numbers by value and before words; words by ASCII.
std::strong_ordering compare_identifiers(std::string_view a, std::string_view b) {
  const auto x = number(a), y = number(b);
  if (x && y) return *x <=> *y;
  if (x || y) return x ? std::strong_ordering::less : std::strong_ordering::greater;
  return a <=> b;
}

std::strong_ordering compare_prereleases(std::string_view a, std::string_view b) {
  if (a.empty() || b.empty()) return b.size() <=> a.size();  // without one is newer
  while (!a.empty() && !b.empty()) {
    const auto order = compare_identifiers(next_part(a, '.'), next_part(b, '.'));
    if (order != 0) return order;
  }
  return a.size() <=> b.size();
}

}  // namespace

std::strong_ordering compare_versions(std::string_view a, std::string_view b) {
  a = next_part(a, '+');
  b = next_part(b, '+');
  std::string_view core_a = next_part(a, '-'), core_b = next_part(b, '-');
  for (int i = 0; i < 3; ++i) {
    const auto order =
        number(next_part(core_a, '.')).value_or(0) <=> number(next_part(core_b, '.')).value_or(0);
    if (order != 0) return order;
  }
  return compare_prereleases(a, b);
}

Result<void> check_required(std::string_view version) {
  if (compare_versions(version, kOllamaLevel) <= 0) return {};
  return fail(
      Code::Unsupported,
      fmt::format("the model requires Ollama {}, this build answers to {}", version, kOllamaLevel),
      "update Tegula");
}

}  // namespace tegula::build

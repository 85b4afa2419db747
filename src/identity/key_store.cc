#include "identity/key_store.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/ascii.h"
#include "base/limits.h"
#include "base/printable.h"

namespace tegula::identity {
namespace {

// Leaves room in a file's name for what a store puts around it.
constexpr std::size_t kNameBytesMax = limits::kFileNameBytesMax / 2;

}  // namespace

Result<void> check_key_name(std::string_view name) {
  const auto is_allowed = [](char c) {
    const char lower = lower_ascii(c);
    return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  };
  if (!name.empty() && name.size() <= kNameBytesMax && std::ranges::all_of(name, is_allowed))
    return {};
  return fail(Code::InvalidArgument, fmt::format("\"{}\" is no name of a key", printable(name)),
              fmt::format("1 to {} letters, digits, '-' and '_'", kNameBytesMax));
}

}  // namespace tegula::identity

// Decimal numbers as protocols write them: ASCII digits, one spelling for every value.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

namespace tegula {

// Nothing for signs, blanks, leading zeros (other than "0" itself) and values over `max`.
std::optional<std::uint64_t> parse_decimal(
    std::string_view text, std::uint64_t max = std::numeric_limits<std::uint64_t>::max());

}  // namespace tegula

// Unsigned arithmetic that says when it overflows. For sizes that come from outside.
#pragma once

#include <cstdint>
#include <optional>

namespace tegula::tensor {

inline std::optional<std::uint64_t> checked_add(std::uint64_t a, std::uint64_t b) {
  std::uint64_t sum = 0;
  if (__builtin_add_overflow(a, b, &sum)) return {};
  return sum;
}

inline std::optional<std::uint64_t> checked_mul(std::uint64_t a, std::uint64_t b) {
  std::uint64_t product = 0;
  if (__builtin_mul_overflow(a, b, &product)) return {};
  return product;
}

// The next multiple of `alignment`, which must be a power of two.
inline std::optional<std::uint64_t> checked_align(std::uint64_t value, std::uint64_t alignment) {
  const std::optional<std::uint64_t> sum = checked_add(value, alignment - 1);
  if (!sum) return {};
  return *sum & ~(alignment - 1);
}

}  // namespace tegula::tensor

#include "tensor/float_bits.h"

#include <bit>

#include "base/check.h"

namespace tegula::tensor {
namespace {

// The functions below have no branches, so that compilers make vector code of the loops.

constexpr std::uint32_t kSign = 0x8000'0000;
constexpr std::uint32_t kInfinity = 0x7F80'0000;
constexpr std::uint32_t kRebias = 112U << 23;     // between the exponents' biases, 127 and 15
constexpr std::uint32_t kNormalMin = 113U << 23;  // 2^-14, the smallest normal F16
constexpr std::uint32_t kOverflow = (127U + 16U) << 23;  // 2^16
constexpr std::uint32_t kF16Infinity = 0x7C00;
constexpr std::uint32_t kF16Quiet = 0x0200;
constexpr float kF16Step = 0x1p-24F;  // between subnormal F16s

inline std::uint16_t to_f16(float value) {
  const std::uint32_t bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t size = bits & ~kSign;
  // Where halves have steps of 2^-24, so do floats between 0.5 and 1: the addition rounds.
  const float shifted = std::bit_cast<float>(size) + 0.5F;
  const std::uint32_t subnormal =
      std::bit_cast<std::uint32_t>(shifted) - std::bit_cast<std::uint32_t>(0.5F);
  const std::uint32_t rebiased = size - kRebias;
  const std::uint32_t normal = (rebiased + 0xFFF + ((rebiased >> 13) & 1)) >> 13;
  const std::uint32_t not_a_number = kF16Infinity | kF16Quiet | ((size >> 13) & 0x3FF);
  std::uint32_t half = size < kNormalMin ? subnormal : normal;
  half = size >= kOverflow ? kF16Infinity : half;
  half = size > kInfinity ? not_a_number : half;
  return static_cast<std::uint16_t>(((bits & kSign) >> 16) | half);
}

inline std::uint16_t to_bf16(float value) {
  const std::uint32_t bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t rounded = (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16;
  const std::uint32_t not_a_number = (bits >> 16) | 0x40;
  return static_cast<std::uint16_t>((bits & ~kSign) > kInfinity ? not_a_number : rounded);
}

inline float from_f16(std::uint16_t half) {
  const std::uint32_t size = half & 0x7FFFU;
  const std::uint32_t subnormal =
      std::bit_cast<std::uint32_t>(static_cast<float>(static_cast<std::int32_t>(size)) * kF16Step);
  const std::uint32_t normal = (size << 13) + kRebias;
  const std::uint32_t quiet = size > kF16Infinity ? kF16Quiet << 13 : 0;
  std::uint32_t bits = size < 0x400 ? subnormal : normal;
  bits = size >= kF16Infinity ? (kInfinity | (size << 13) | quiet) : bits;
  return std::bit_cast<float>(bits | (static_cast<std::uint32_t>(half & 0x8000U) << 16));
}

inline float from_bf16(std::uint16_t bits) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
}

}  // namespace

std::uint16_t f16_from_f32(float value) { return to_f16(value); }
std::uint16_t bf16_from_f32(float value) { return to_bf16(value); }
float f32_from_f16(std::uint16_t bits) { return from_f16(bits); }
float f32_from_bf16(std::uint16_t bits) { return from_bf16(bits); }

void f16_from_f32(std::span<const float> from, std::span<std::uint16_t> to) {
  CHECK(from.size() == to.size());
  for (std::size_t i = 0; i < from.size(); ++i) to[i] = to_f16(from[i]);
}

void bf16_from_f32(std::span<const float> from, std::span<std::uint16_t> to) {
  CHECK(from.size() == to.size());
  for (std::size_t i = 0; i < from.size(); ++i) to[i] = to_bf16(from[i]);
}

void f32_from_f16(std::span<const std::uint16_t> from, std::span<float> to) {
  CHECK(from.size() == to.size());
  for (std::size_t i = 0; i < from.size(); ++i) to[i] = from_f16(from[i]);
}

void f32_from_bf16(std::span<const std::uint16_t> from, std::span<float> to) {
  CHECK(from.size() == to.size());
  for (std::size_t i = 0; i < from.size(); ++i) to[i] = from_bf16(from[i]);
}

}  // namespace tegula::tensor

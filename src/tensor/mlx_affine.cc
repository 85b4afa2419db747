#include "tensor/mlx_affine.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/check.h"

namespace tegula::tensor {
namespace {

constexpr std::array<std::uint32_t, 6> kBits = {2, 3, 4, 5, 6, 8};
constexpr std::array<std::uint32_t, 3> kGroups = {32, 64, 128};
constexpr std::size_t kGroupMax = 128;
constexpr float kScaleMin = 1e-7F;

// To the nearest integer, ties to even: floats have no fractions from 2^23 on, so that the addition
// rounds. Unlike rintf() it becomes vector code on every processor.
inline float round_even(float x) {
  const float shift = std::copysign(0x1p23F, x);
  return std::fabs(x) < 0x1p23F ? (x + shift) - shift : x;
}

struct Affine {
  float scale;
  float bias;
};

// The end of the range that is farther from zero becomes a code exactly, and zero does if it can.
Affine affine_of(std::span<const float> group, float code_max) {
  float low = group[0];
  float high = group[0];
  for (const float w : group) {
    low = std::min(low, w);
    high = std::max(high, w);
  }
  const bool negative = std::fabs(low) > std::fabs(high);
  const float step = std::max((high - low) / code_max, kScaleMin);
  const float scale = negative ? step : -step;
  const float edge = negative ? low : high;
  const float zero = round_even(edge / scale);
  if (zero == 0) return {.scale = scale, .bias = 0};
  return {.scale = edge / zero, .bias = edge};
}

void check_sizes(std::uint64_t weights, std::uint64_t codes, std::uint64_t scales,
                 std::uint64_t biases, MlxFormat format) {
  CHECK(check_mlx_format(format));
  CHECK(weights % format.group == 0 && codes == mlx_code_bytes(weights, format));
  CHECK(scales == weights / format.group && biases == scales);
}

}  // namespace

Result<void> check_mlx_format(MlxFormat format) {
  const bool known = std::ranges::find(kBits, format.bits) != kBits.end() &&
                     std::ranges::find(kGroups, format.group) != kGroups.end();
  if (known) return {};
  return fail(
      Code::InvalidArgument,
      fmt::format("MLX has no quantisation of {} bits in groups of {}", format.bits, format.group),
      fmt::format("bits are {}; groups are {}", fmt::join(kBits, ", "), fmt::join(kGroups, ", ")));
}

void mlx_pack(std::span<const std::uint8_t> codes, std::uint32_t bits, std::uint8_t* packed) {
  std::uint32_t waiting = 0;
  std::uint32_t waiting_bits = 0;
  for (const std::uint8_t code : codes) {
    waiting |= static_cast<std::uint32_t>(code) << waiting_bits;
    waiting_bits += bits;
    for (; waiting_bits >= 8; waiting_bits -= 8, waiting >>= 8)
      *packed++ = static_cast<std::uint8_t>(waiting);
  }
}

void mlx_unpack(const std::uint8_t* packed, std::uint32_t bits, std::span<std::uint8_t> codes) {
  std::uint32_t waiting = 0;
  std::uint32_t waiting_bits = 0;
  for (std::uint8_t& code : codes) {
    for (; waiting_bits < bits; waiting_bits += 8)
      waiting |= static_cast<std::uint32_t>(*packed++) << waiting_bits;
    code = static_cast<std::uint8_t>(waiting & ((1U << bits) - 1));
    waiting >>= bits;
    waiting_bits -= bits;
  }
}

void mlx_quantise(std::span<const float> weights, MlxFormat format, std::span<std::uint8_t> codes,
                  std::span<float> scales, std::span<float> biases) {
  check_sizes(weights.size(), codes.size(), scales.size(), biases.size(), format);
  const auto code_max = static_cast<float>((1U << format.bits) - 1);
  std::array<std::uint8_t, kGroupMax> group_codes;
  for (std::size_t g = 0; g < scales.size(); ++g) {
    const std::span group = weights.subspan(g * format.group, format.group);
    const Affine affine = affine_of(group, code_max);
    for (std::size_t i = 0; i < group.size(); ++i) {
      const float code = round_even((group[i] - affine.bias) / affine.scale);
      group_codes[i] = static_cast<std::uint8_t>(std::min(std::max(code, 0.0F), code_max));
    }
    mlx_pack(std::span(group_codes).first(format.group), format.bits,
             codes.data() + g * mlx_code_bytes(format.group, format));
    scales[g] = affine.scale;
    biases[g] = affine.bias;
  }
}

void mlx_scale(std::span<const float> weights, MlxFormat format, std::span<float> scales,
               std::span<float> biases) {
  check_sizes(weights.size(), mlx_code_bytes(weights.size(), format), scales.size(), biases.size(),
              format);
  const auto code_max = static_cast<float>((1U << format.bits) - 1);
  for (std::size_t g = 0; g < scales.size(); ++g) {
    const Affine affine = affine_of(weights.subspan(g * format.group, format.group), code_max);
    scales[g] = affine.scale;
    biases[g] = affine.bias;
  }
}

void mlx_dequantise(std::span<const std::uint8_t> codes, std::span<const float> scales,
                    std::span<const float> biases, MlxFormat format, std::span<float> weights) {
  check_sizes(weights.size(), codes.size(), scales.size(), biases.size(), format);
  std::array<std::uint8_t, kGroupMax> group_codes;
  for (std::size_t g = 0; g < scales.size(); ++g) {
    mlx_unpack(codes.data() + g * mlx_code_bytes(format.group, format), format.bits,
               std::span(group_codes).first(format.group));
    for (std::size_t i = 0; i < format.group; ++i) {
      const float scaled = scales[g] * static_cast<float>(group_codes[i]);
      weights[g * format.group + i] = scaled + biases[g];
    }
  }
}

}  // namespace tegula::tensor

// MLX's affine quantisation (mode "affine" of mlx.core.quantize; docs/reference/mlx.md).
//
// A group of 32, 64 or 128 consecutive weights of a row shares a scale and a bias:
// weight ≈ scale * code + bias, with codes of 2, 3, 4, 5, 6 or 8 bits. Codes are packed as a
// little-endian stream of bits, the first code lowest; MLX shows it as 32-bit words.
// Computed in f32, rounding to nearest even; same bytes from every compiler and processor.
//
// Thread rule: pure functions.
#pragma once

#include <cstdint>
#include <span>

#include "base/result.h"

namespace tegula::tensor {

struct MlxFormat {
  std::uint32_t bits = 4;
  std::uint32_t group = 64;
  bool operator==(const MlxFormat&) const = default;
};

// InvalidArgument if MLX has no such format; the text lists those it has.
Result<void> check_mlx_format(MlxFormat format);

// Bytes of `elements` packed codes; `elements` is a whole number of groups.
constexpr std::uint64_t mlx_code_bytes(std::uint64_t elements, MlxFormat format) {
  return elements * format.bits / 8;
}

// Whole groups: packed codes, and a scale and a bias for each.
struct MlxGroups {
  std::span<std::uint8_t> codes;
  std::span<float> scales;
  std::span<float> biases;
};

// Whole groups of finite weights. `codes` has mlx_code_bytes(weights.size()) bytes, `scales` and
// `biases` one item a group; MLX stores these in the model's own type, rounded only afterwards.
void mlx_quantise(std::span<const float> weights, MlxFormat format, std::span<std::uint8_t> codes,
                  std::span<float> scales, std::span<float> biases);

// Scales and biases alone, the same ones.
void mlx_scale(std::span<const float> weights, MlxFormat format, std::span<float> scales,
               std::span<float> biases);

// The reverse, with scales and biases as they were stored: scale * code, rounded, plus bias.
void mlx_dequantise(std::span<const std::uint8_t> codes, std::span<const float> scales,
                    std::span<const float> biases, MlxFormat format, std::span<float> weights);

// Codes between 0 and 2^bits - 1 into the packed form, and back.
void mlx_pack(std::span<const std::uint8_t> codes, std::uint32_t bits, std::uint8_t* packed);
void mlx_unpack(const std::uint8_t* packed, std::uint32_t bits, std::span<std::uint8_t> codes);

}  // namespace tegula::tensor

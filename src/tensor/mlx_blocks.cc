#include "tensor/mlx_blocks.h"

#include <array>

#include "base/check.h"
#include "tensor/float_bits.h"

namespace tegula::tensor {
namespace {

constexpr std::size_t kGroup = 32;
using Codes = std::array<std::uint8_t, kGroup>;

// A block: scale, perhaps the value of code 0, perhaps the fifth bits, then the codes.
struct Layout {
  DType type;
  std::uint32_t bits;
  bool has_bias;  // otherwise code 2^(bits - 1) is zero
};

constexpr std::array kLayouts = {
    Layout{DType::Q4_0, 4, false}, Layout{DType::Q4_1, 4, true},  Layout{DType::Q5_0, 5, false},
    Layout{DType::Q5_1, 5, true},  Layout{DType::Q8_0, 8, false},
};

const Layout* layout_of(DType type) {
  for (const Layout& each : kLayouts)
    if (each.type == type) return &each;
  return nullptr;
}

float f16_at(const std::uint8_t* bytes) {
  return f32_from_f16(static_cast<std::uint16_t>(bytes[0] | bytes[1] << 8));
}

// Low nibbles are the first half of the weights, high ones the second; `fifth` has a bit for each.
Codes nibbles(const std::uint8_t* packed, const std::uint8_t* fifth) {
  Codes codes;
  for (std::size_t i = 0; i < kGroup / 2; ++i) {
    codes[i] = packed[i] & 0x0F;
    codes[i + kGroup / 2] = packed[i] >> 4;
  }
  for (std::size_t i = 0; fifth != nullptr && i < kGroup; ++i)
    codes[i] = static_cast<std::uint8_t>(codes[i] | ((fifth[i / 8] >> (i % 8)) & 1) << 4);
  return codes;
}

// Signed bytes.
Codes bytes(const std::uint8_t* packed) {
  Codes codes;
  for (std::size_t i = 0; i < kGroup; ++i) codes[i] = packed[i] ^ 0x80;
  return codes;
}

}  // namespace

std::optional<MlxFormat> mlx_format_of(DType type) {
  const Layout* const layout = layout_of(type);
  if (layout == nullptr) return {};
  return MlxFormat{.bits = layout->bits, .group = kGroup};
}

void mlx_groups_of(DType type, ByteView blocks, const MlxGroups& into) {
  const Layout* const layout = layout_of(type);
  CHECK(layout != nullptr);
  const std::size_t block_bytes = traits(type).block_bytes;
  const std::uint64_t code_bytes = mlx_code_bytes(kGroup, *mlx_format_of(type));
  CHECK(blocks.size() == into.scales.size() * block_bytes);
  CHECK(into.biases.size() == into.scales.size());
  CHECK(into.codes.empty() || into.codes.size() == into.scales.size() * code_bytes);
  const float zero_code = -static_cast<float>(1U << (layout->bits - 1));
  for (std::size_t g = 0; g < into.scales.size(); ++g) {
    const std::uint8_t* at = blocks.data() + g * block_bytes;
    into.scales[g] = f16_at(at);
    at += 2;
    into.biases[g] = layout->has_bias ? f16_at(at) : zero_code * into.scales[g];
    if (layout->has_bias) at += 2;
    if (into.codes.empty()) continue;
    const std::uint8_t* const fifth = layout->bits == 5 ? at : nullptr;
    if (fifth != nullptr) at += kGroup / 8;
    const Codes codes = layout->bits == 8 ? bytes(at) : nibbles(at, fifth);
    mlx_pack(codes, layout->bits, into.codes.data() + g * code_bytes);
  }
}

}  // namespace tegula::tensor

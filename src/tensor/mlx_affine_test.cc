#include "tensor/mlx_affine.h"

#include <cmath>
#include <random>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tensor/window.h"

namespace tegula::tensor {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct Quantised {
  Bytes codes;
  std::vector<float> scales;
  std::vector<float> biases;
};

Quantised quantise(std::span<const float> weights, MlxFormat format) {
  Quantised out;
  out.codes.resize(mlx_code_bytes(weights.size(), format));
  out.scales.resize(weights.size() / format.group);
  out.biases.resize(out.scales.size());
  mlx_quantise(weights, format, out.codes, out.scales, out.biases);
  return out;
}

std::vector<float> dequantise(const Quantised& q, MlxFormat format) {
  std::vector<float> weights(q.scales.size() * format.group);
  mlx_dequantise(q.codes, q.scales, q.biases, format, weights);
  return weights;
}

// Computed by MLX itself.
TEST(MlxAffine, GivesTheGoldenVector) {
  std::vector<float> weights;
  for (int i = 0; i < 32; ++i) weights.push_back(static_cast<float>((37 * i) % 64 - 20) / 16);
  const Quantised q = quantise(weights, {.bits = 4, .group = 32});
  EXPECT_THAT(q.scales, ElementsAre(-0.26875F));
  EXPECT_THAT(q.biases, ElementsAre(2.6875F));
  std::vector<std::uint32_t> words;
  for (std::size_t at = 0; at < q.codes.size(); at += 4)
    words.push_back(load_u32(ByteView(q.codes).subspan(at, 4)));
  EXPECT_THAT(words, ElementsAre(0xE81A4C6F, 0x5D7193C5, 0xA4D6092B, 0x1A3C6E82));
}

TEST(MlxAffine, ListsItsFormats) {
  for (const std::uint32_t bits : {2U, 3U, 4U, 5U, 6U, 8U})
    for (const std::uint32_t group : {32U, 64U, 128U})
      EXPECT_TRUE(check_mlx_format({.bits = bits, .group = group}));
  for (const MlxFormat format : {MlxFormat{7, 64}, MlxFormat{1, 64}, MlxFormat{16, 64},
                                 MlxFormat{4, 16}, MlxFormat{4, 256}, MlxFormat{0, 0}}) {
    const Result<void> known = check_mlx_format(format);
    ASSERT_FALSE(known);
    EXPECT_EQ(known.error().code, Code::InvalidArgument);
    EXPECT_THAT(known.error().hint, HasSubstr("2, 3, 4, 5, 6, 8"));
  }
}

TEST(MlxAffine, PacksCodesFromTheLowestBitOn) {
  for (const std::uint32_t bits : {2U, 3U, 4U, 5U, 6U, 8U}) {
    std::vector<std::uint8_t> codes(32);
    for (std::size_t i = 0; i < codes.size(); ++i)
      codes[i] = static_cast<std::uint8_t>((i * 7 + 1) & ((1U << bits) - 1));
    Bytes packed(codes.size() * bits / 8);
    mlx_pack(codes, bits, packed.data());
    for (std::size_t bit = 0; bit < packed.size() * 8; ++bit) {
      const bool is = (packed[bit / 8] >> (bit % 8)) & 1;
      const bool want = (codes[bit / bits] >> (bit % bits)) & 1;
      ASSERT_EQ(is, want) << bits << " bits, bit " << bit;
    }
    std::vector<std::uint8_t> back(codes.size());
    mlx_unpack(packed.data(), bits, back);
    EXPECT_EQ(back, codes) << bits;
  }
}

TEST(MlxAffine, StaysWithinHalfAStep) {
  std::mt19937 random(1);
  for (const std::uint32_t bits : {2U, 3U, 4U, 5U, 6U, 8U}) {
    for (const std::uint32_t group : {32U, 64U, 128U}) {
      const MlxFormat format = {.bits = bits, .group = group};
      std::vector<float> weights(group * 5);
      for (float& w : weights) w = static_cast<float>(random() % 20'001) / 10'000.0F - 1.0F;
      const Quantised q = quantise(weights, format);
      const std::vector<float> back = dequantise(q, format);
      for (std::size_t i = 0; i < weights.size(); ++i) {
        // The far end of the range may be cut: moving the grid onto zero costs up to half a step.
        const float step = std::fabs(q.scales[i / group]);
        ASSERT_NEAR(back[i], weights[i], step * 1.01F) << bits << " bits, weight " << i;
      }
    }
  }
}

TEST(MlxAffine, ScalesAreThoseOfQuantising) {
  std::vector<float> weights;
  for (int i = 0; i < 256; ++i) weights.push_back(static_cast<float>((91 * i) % 257 - 100) / 64);
  const MlxFormat format = {.bits = 3, .group = 64};
  const Quantised q = quantise(weights, format);
  std::vector<float> scales(4);
  std::vector<float> biases(4);
  mlx_scale(weights, format, scales, biases);
  EXPECT_EQ(scales, q.scales);
  EXPECT_EQ(biases, q.biases);
}

TEST(MlxAffine, KeepsZeroAndTheFarEndExactly) {
  std::vector<float> weights(32, 0.0F);
  weights[3] = -0.7F;
  weights[9] = 0.31F;
  const MlxFormat format = {.bits = 4, .group = 32};
  const std::vector<float> back = dequantise(quantise(weights, format), format);
  EXPECT_EQ(back[3], -0.7F);
  EXPECT_NEAR(back[0], 0, 1e-7);
}

TEST(MlxAffine, TakesConstantAndHugeGroups) {
  const MlxFormat format = {.bits = 8, .group = 32};
  for (const float value : {0.0F, 1.0F, -1.0F, 65504.0F, 1e-30F}) {
    const std::vector<float> weights(32, value);
    const std::vector<float> back = dequantise(quantise(weights, format), format);
    for (const float w : back) EXPECT_NEAR(w, value, 1e-7F) << value;
  }
  std::vector<float> wide(32, 3e38F);
  wide[0] = -3e38F;
  quantise(wide, format);  // must not leave the codes' range
}

}  // namespace
}  // namespace tegula::tensor

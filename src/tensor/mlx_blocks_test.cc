#include "tensor/mlx_blocks.h"

#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "tensor/float_bits.h"
#include "tensor/quantise.h"

namespace tegula::tensor {
namespace {

struct Groups {
  Bytes codes;
  std::vector<float> scales, biases;
};

Groups groups_of(DType type, ByteView blocks, std::uint64_t count) {
  Groups out;
  out.codes.resize(mlx_code_bytes(count * 32, *mlx_format_of(type)));
  out.scales.resize(count);
  out.biases.resize(count);
  mlx_groups_of(type, blocks, {out.codes, out.scales, out.biases});
  return out;
}

// Written by hand, from the descriptions of both forms.
TEST(MlxBlocks, TakesTheCodesOfABlockInOrder) {
  Bytes block = {0x00, 0x38};  // scale 0.5
  for (std::uint8_t i = 0; i < 16; ++i) block.push_back(static_cast<std::uint8_t>(i << 4 | 5));
  const Groups out = groups_of(DType::Q4_0, block, 1);
  EXPECT_EQ(out.scales[0], 0.5F);
  EXPECT_EQ(out.biases[0], -4.0F);
  EXPECT_EQ(out.codes, (Bytes{0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x10, 0x32, 0x54,
                              0x76, 0x98, 0xBA, 0xDC, 0xFE}));
}

// Scales and biases go through F16, as a file has them.
TEST(MlxBlocks, HoldsEveryWeightExactly) {
  std::mt19937 random(4);
  for (const DType type : {DType::Q4_0, DType::Q4_1, DType::Q5_0, DType::Q5_1, DType::Q8_0}) {
    if (!check_readable(type)) GTEST_SKIP() << "no kernels in this build";
    constexpr std::uint64_t kBlocks = 200;
    Bytes blocks(kBlocks * traits(type).block_bytes);
    for (std::uint8_t& byte : blocks) byte = static_cast<std::uint8_t>(random());
    const bool has_bias = type == DType::Q4_1 || type == DType::Q5_1;
    for (std::uint64_t b = 0; b < kBlocks; ++b) {  // below 2: finite, some of them subnormal
      std::uint8_t* const block = blocks.data() + b * traits(type).block_bytes;
      block[1] &= 0xBF;
      if (has_bias) block[3] &= 0xBF;
    }
    std::vector<float> want(kBlocks * 32), got(want.size());
    ASSERT_TRUE(dequantise(type, blocks, want));
    Groups out = groups_of(type, blocks, kBlocks);
    for (float& x : out.scales) x = f32_from_f16(f16_from_f32(x));
    for (float& x : out.biases) x = f32_from_f16(f16_from_f32(x));
    mlx_dequantise(out.codes, out.scales, out.biases, *mlx_format_of(type), got);
    EXPECT_EQ(got, want) << dtype_name(type);
  }
}

TEST(MlxBlocks, KnowsWhatMlxHasNoFormOf) {
  for (const DType type : {DType::F16, DType::Q4_K, DType::Q6_K, DType::IQ4_NL, DType::Q8_1})
    EXPECT_FALSE(mlx_format_of(type)) << dtype_name(type);
}

}  // namespace
}  // namespace tegula::tensor

#include "tensor/dtype.h"

#include <array>

#include <gtest/gtest.h>

namespace tegula::tensor {
namespace {

TEST(DType, NumbersAreThoseOfTheEngine) {
  EXPECT_EQ(dtypes().size(), 35U);
  for (const DTypeTraits& type : dtypes()) {
    EXPECT_EQ(dtype_from(static_cast<std::uint32_t>(type.type)), type.type);
    EXPECT_FALSE(dtype_removed(static_cast<std::uint32_t>(type.type))) << type.name;
    EXPECT_EQ(type.quantized, type.block_elements > 1) << type.name;
  }
  EXPECT_EQ(dtype_name(DType::Q6_K), "Q6_K");
  EXPECT_EQ(static_cast<int>(DType::MXFP4), 39);
}

TEST(DType, RefusesRemovedAndUnknownNumbers) {
  for (const std::uint32_t number : {4U, 5U, 31U, 32U, 33U, 36U, 37U, 38U}) {
    EXPECT_FALSE(dtype_from(number)) << number;
    EXPECT_TRUE(dtype_removed(number)) << number;
  }
  for (const std::uint32_t number : {43U, 1000U, 0xFFFFFFFFU}) {
    EXPECT_FALSE(dtype_from(number)) << number;
    EXPECT_FALSE(dtype_removed(number)) << number;
  }
}

TEST(DType, RowBytesNeedsWholeBlocks) {
  EXPECT_EQ(row_bytes(DType::F32, 3), 12U);
  EXPECT_EQ(row_bytes(DType::Q8_0, 64), 68U);
  EXPECT_EQ(row_bytes(DType::Q4_K, 512), 288U);
  EXPECT_FALSE(row_bytes(DType::Q8_0, 33));
  EXPECT_FALSE(row_bytes(DType::F64, 1ULL << 61));
}

TEST(DType, CountsRefuseOverflow) {
  using Shape = std::array<std::uint64_t, 2>;
  EXPECT_EQ(element_count(Shape{1ULL << 32, (1ULL << 31) - 1}), ((1ULL << 31) - 1) << 32);
  EXPECT_FALSE(element_count(Shape{1ULL << 32, 1ULL << 31}));  // 2^63
  EXPECT_FALSE(element_count(Shape{1ULL << 40, 1ULL << 40}));
  EXPECT_EQ(tensor_bytes(DType::Q4_0, Shape{32, 10}), 180U);
  EXPECT_FALSE(tensor_bytes(DType::Q4_0, Shape{16, 10}));
  EXPECT_FALSE(tensor_bytes(DType::F64, Shape{1ULL << 32, (1ULL << 31) - 1}));
  EXPECT_FALSE(tensor_bytes(DType::F32, {}));
}

}  // namespace
}  // namespace tegula::tensor

#include "tensor/quantise.h"

#include <cmath>
#include <limits>
#include <random>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tensor/float_bits.h"
#include "tensor/ggml_kernels.h"

namespace tegula::tensor {
namespace {

using ::testing::HasSubstr;

constexpr std::uint64_t kRow = 512;

std::vector<float> bell(std::size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0, 0.02F);
  std::vector<float> out(count);
  for (float& x : out) x = normal(random);
  return out;
}

Bytes quantised(DType type, std::span<const float> rows, Importance importance = {}) {
  Bytes out(*row_bytes(type, kRow) * (rows.size() / kRow));
  const Result<void> done = quantise(type, rows, kRow, importance, out);
  EXPECT_TRUE(done) << dtype_name(type) << ": " << done.error().text;
  return out;
}

// Every block type that this build has.
std::vector<DType> block_types() {
  std::vector<DType> types;
  for (const DTypeTraits& each : dtypes())
    if (each.quantized && check_writable(each.type)) types.push_back(each.type);
  return types;
}

TEST(Quantise, WritesFloats) {
  const std::vector<float> rows = bell(kRow * 2, 1);
  const Bytes f16 = quantised(DType::F16, rows);
  const Bytes bf16 = quantised(DType::BF16, rows);
  const Bytes f32 = quantised(DType::F32, rows);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    ASSERT_EQ(f16[2 * i] | (f16[2 * i + 1] << 8), f16_from_f32(rows[i]));
    ASSERT_EQ(bf16[2 * i] | (bf16[2 * i + 1] << 8), bf16_from_f32(rows[i]));
  }
  std::vector<float> back(rows.size());
  ASSERT_TRUE(dequantise(DType::F32, f32, back));
  EXPECT_EQ(back, rows);
  ASSERT_TRUE(dequantise(DType::BF16, bf16, back));
  EXPECT_EQ(back[7], f32_from_bf16(bf16_from_f32(rows[7])));
}

TEST(Quantise, RefusesTypesByName) {
  for (const DType type : {DType::Q8_1, DType::Q8_K}) {
    std::vector<float> rows(kRow);
    Bytes out(*row_bytes(type, kRow));
    const Result<void> done = quantise(type, rows, kRow, {}, out);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, Code::Unsupported);
    EXPECT_THAT(done.error().text, HasSubstr(std::string(dtype_name(type))));
    EXPECT_THAT(done.error().hint, HasSubstr(tegula_ggml_is_there() ? "F32, F16" : "build"));
  }
}

// Root mean square error over that of the data, as a bound on what each type may lose.
TEST(Quantise, LosesNoMoreThanTheTypeMust) {
  const std::vector<float> rows = bell(kRow * 4, 2);
  const std::vector<float> importance(kRow, 1.0F);
  double all = 0;
  for (const float x : rows) all += static_cast<double>(x) * x;
  for (const DType type : block_types()) {
    std::vector<float> back(rows.size());
    ASSERT_TRUE(dequantise(type, quantised(type, rows, importance), back));
    double lost = 0;
    for (std::size_t i = 0; i < rows.size(); ++i)
      lost += std::pow(static_cast<double>(rows[i]) - back[i], 2);
    const double bits = 8.0 * traits(type).block_bytes / traits(type).block_elements;
    EXPECT_LT(std::sqrt(lost / all), 3.5 * std::pow(2.0, -bits)) << dtype_name(type);
  }
}

TEST(Quantise, GivesTheSameBytesFromManyThreads) {
  const std::vector<float> rows = bell(kRow * 4, 3);
  const std::vector<float> importance(kRow, 0.5F);
  for (const DType type : block_types()) {
    const Bytes want = quantised(type, rows, importance);
    std::vector<Bytes> got(4);
    {
      std::vector<std::jthread> threads;
      for (std::size_t i = 0; i < got.size(); ++i)
        threads.emplace_back([&, i] {
          got[i] = quantised(type, std::span(rows).subspan(i * kRow, kRow), importance);
        });
    }
    Bytes joined;
    for (const Bytes& part : got) joined.insert(joined.end(), part.begin(), part.end());
    EXPECT_EQ(joined, want) << dtype_name(type);
  }
}

TEST(Quantise, RefusesValuesNoBlockHolds) {
  for (const DType type : block_types()) {
    std::vector<float> rows = bell(kRow * 2, 4);
    const std::vector<float> importance(kRow, 1.0F);
    Bytes out(*row_bytes(type, kRow) * 2);
    for (const float bad : {std::nanf(""), INFINITY, -INFINITY, 65505.0F}) {
      rows[kRow + 3] = bad;
      const Result<void> done = quantise(type, rows, kRow, importance, out);
      ASSERT_FALSE(done) << dtype_name(type) << bad;
      EXPECT_EQ(done.error().code, Code::Corrupt);
      EXPECT_THAT(done.error().text, HasSubstr("row 1, column 3"));
    }
    rows[kRow + 3] = 65504.0F;
    EXPECT_TRUE(quantise(type, rows, kRow, importance, out)) << dtype_name(type);
  }
}

TEST(Quantise, MakesNoInfinityOfWhatIsFinite) {
  struct Case {
    DType type;
    float most, over;
  };
  const float largest = std::numeric_limits<float>::max();
  for (const Case& each : {Case{DType::F16, 65519.0F, 65520.0F},
                           Case{DType::BF16, std::nextafter(0x1.FFp127F, 0.0F), 0x1.FFp127F}}) {
    std::vector<float> rows = bell(kRow * 2, 4);
    Bytes out(*row_bytes(each.type, kRow) * 2);
    for (const float bad : {each.over, -each.over, largest}) {
      rows[kRow + 3] = bad;
      const Result<void> done = quantise(each.type, rows, kRow, {}, out);
      ASSERT_FALSE(done) << dtype_name(each.type) << bad;
      EXPECT_EQ(done.error().code, Code::Corrupt);
      EXPECT_THAT(done.error().text, HasSubstr("row 1, column 3"));
      EXPECT_TRUE(overflows(each.type, bad));
    }
    for (const float good : {each.most, -each.most, INFINITY, std::nanf("")}) {
      rows[kRow + 3] = good;
      EXPECT_TRUE(quantise(each.type, rows, kRow, {}, out)) << dtype_name(each.type) << good;
      EXPECT_FALSE(overflows(each.type, good));
    }
  }
  EXPECT_FALSE(overflows(DType::F32, largest));
}

TEST(Quantise, TakesTinyValuesForZero) {
  for (const DType type : block_types()) {
    const std::vector<float> importance(kRow, 1.0F);
    const std::vector<float> zeros(kRow, 0.0F);
    for (const float tiny : {1e-45F, -1e-38F, 0x1p-101F})
      EXPECT_EQ(quantised(type, std::vector<float>(kRow, tiny), importance),
                quantised(type, zeros, importance))
          << dtype_name(type) << tiny;
  }
}

TEST(Quantise, ChecksImportance) {
  if (!tegula_ggml_is_there()) GTEST_SKIP() << "no quantiser in this build";
  const std::vector<float> rows = bell(kRow, 5);
  const auto code = [&](DType type, std::vector<float> importance) {
    Bytes out(*row_bytes(type, kRow));
    const Result<void> done = quantise(type, rows, kRow, importance, out);
    return done ? std::string("done") : std::string(code_name(done.error().code));
  };
  EXPECT_EQ(code(DType::IQ2_XXS, {}), "invalid_argument");
  EXPECT_EQ(code(DType::IQ2_XXS, std::vector<float>(kRow, 1)), "done");
  EXPECT_EQ(code(DType::Q4_K, std::vector<float>(kRow - 1, 1)), "invalid_argument");
  for (const float bad : {-1.0F, std::nanf(""), INFINITY, 2e12F})
    EXPECT_EQ(code(DType::Q4_K, std::vector<float>(kRow, bad)), "invalid_argument");
  EXPECT_EQ(code(DType::Q4_K, std::vector<float>(kRow, 1e12F)), "done");
  EXPECT_EQ(code(DType::Q4_K, std::vector<float>(kRow, 0)), "done");
}

TEST(Quantise, ImportanceChangesWhatItShould) {
  if (!tegula_ggml_is_there()) GTEST_SKIP() << "no quantiser in this build";
  const std::vector<float> rows = bell(kRow, 6);
  std::vector<float> importance(kRow);
  for (std::size_t i = 0; i < kRow; ++i) importance[i] = static_cast<float>(i % 7);
  EXPECT_NE(quantised(DType::Q4_K, rows), quantised(DType::Q4_K, rows, importance));
  EXPECT_EQ(quantised(DType::Q8_0, rows), quantised(DType::Q8_0, rows, importance));
}

}  // namespace
}  // namespace tegula::tensor

#include "tensor/float_bits.h"

#include <bit>
#include <cmath>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

namespace tegula::tensor {
namespace {

constexpr std::uint32_t kAll = 0x1'0000;

float of_bits(std::uint32_t bits) { return std::bit_cast<float>(bits); }
std::uint32_t bits_of(float value) { return std::bit_cast<std::uint32_t>(value); }

// What the 16 bits mean, by the definition of the format.
double value_of(std::uint16_t bits, int exponent_bits) {
  const int fraction_bits = 15 - exponent_bits;
  const int bias = (1 << (exponent_bits - 1)) - 1;
  const int exponent = (bits & 0x7FFF) >> fraction_bits;
  const int fraction = bits & ((1 << fraction_bits) - 1);
  const double size =
      exponent == 0 ? std::ldexp(fraction, 1 - bias - fraction_bits)
                    : std::ldexp((1 << fraction_bits) + fraction, exponent - bias - fraction_bits);
  return (bits & 0x8000) != 0 ? -size : size;
}

struct Format {
  const char* name;
  int exponent_bits;
  std::uint16_t infinity;
  std::uint16_t quiet;
  std::uint16_t (*from)(float);
  float (*to)(std::uint16_t);
};

const std::vector<Format> kFormats = {
    {"F16", 5, 0x7C00, 0x0200, f16_from_f32, f32_from_f16},
    {"BF16", 8, 0x7F80, 0x0040, bf16_from_f32, f32_from_bf16},
};

TEST(FloatBits, EachOfThe16BitValuesMeansWhatTheFormatSays) {
  for (const Format& format : kFormats) {
    for (std::uint32_t i = 0; i < kAll; ++i) {
      const auto bits = static_cast<std::uint16_t>(i);
      const float value = format.to(bits);
      const std::uint16_t size = bits & 0x7FFF;
      ASSERT_EQ(std::signbit(value), (bits & 0x8000) != 0) << format.name << i;
      if (size > format.infinity) {
        ASSERT_TRUE(std::isnan(value)) << format.name << i;
      } else if (size == format.infinity) {
        ASSERT_TRUE(std::isinf(value)) << format.name << i;
      } else {
        ASSERT_EQ(value, value_of(bits, format.exponent_bits)) << format.name << i;
      }
    }
  }
}

TEST(FloatBits, EachOfThe16BitValuesComesBack) {
  for (const Format& format : kFormats) {
    for (std::uint32_t i = 0; i < kAll; ++i) {
      const auto bits = static_cast<std::uint16_t>(i);
      const bool nan = (bits & 0x7FFF) > format.infinity;
      const auto want = static_cast<std::uint16_t>(nan ? bits | format.quiet : bits);
      ASSERT_EQ(format.from(format.to(bits)), want) << format.name << i;
    }
  }
}

// Between each two neighbours: the half-way point goes to the even one, its neighbours to theirs.
TEST(FloatBits, RoundsToNearestEvenEverywhere) {
  for (const Format& format : kFormats) {
    for (std::uint16_t low = 0; low < format.infinity; ++low) {
      const auto high = static_cast<std::uint16_t>(low + 1);
      // The step up to infinity is as wide as the one before.
      const double below = value_of(low, format.exponent_bits);
      const double above = value_of(high, format.exponent_bits);
      const auto middle = static_cast<float>((below + above) / 2);
      const std::uint16_t even = low % 2 == 0 ? low : high;
      ASSERT_EQ(format.from(middle), even) << format.name << low;
      ASSERT_EQ(format.from(-middle), even | 0x8000) << format.name << low;
      ASSERT_EQ(format.from(std::nextafter(middle, 0.0F)), low) << format.name << low;
      ASSERT_EQ(format.from(std::nextafter(middle, std::numeric_limits<float>::infinity())), high)
          << format.name << low;
    }
  }
}

TEST(FloatBits, KeepsSignAndPayloadOfNaN) {
  for (const std::uint32_t sign : {0U, 0x8000'0000U}) {
    for (const std::uint32_t payload : {1U, 0x0000'1FFFU, 0x0012'3456U, 0x007F'FFFFU}) {
      const float value = of_bits(sign | 0x7F80'0000U | payload);
      EXPECT_EQ(f16_from_f32(value), (sign >> 16) | 0x7E00U | ((payload >> 13) & 0x3FF));
      EXPECT_EQ(bf16_from_f32(value), (sign >> 16) | 0x7FC0U | (payload >> 16));
    }
  }
  EXPECT_EQ(bits_of(f32_from_f16(0x7C01)), 0x7FC0'2000U);
  EXPECT_EQ(bits_of(f32_from_bf16(0xFF81)), 0xFF81'0000U);
}

TEST(FloatBits, LargeAndTinyOnes) {
  EXPECT_EQ(f16_from_f32(65519.996F), 0x7BFF);
  EXPECT_EQ(f16_from_f32(65520.0F), 0x7C00);
  EXPECT_EQ(f16_from_f32(std::numeric_limits<float>::max()), 0x7C00);
  EXPECT_EQ(f16_from_f32(-std::numeric_limits<float>::infinity()), 0xFC00);
  EXPECT_EQ(f16_from_f32(std::numeric_limits<float>::denorm_min()), 0);
  EXPECT_EQ(f16_from_f32(-0.0F), 0x8000);
  EXPECT_EQ(bf16_from_f32(std::numeric_limits<float>::max()), 0x7F80);
  EXPECT_EQ(bf16_from_f32(std::numeric_limits<float>::denorm_min()), 0);
}

// The loops are compiled to vectors: all values again, at every remainder of a vector's width.
TEST(FloatBits, ManyAreTheSameAsEach) {
  std::vector<std::uint16_t> bits(kAll);
  for (std::uint32_t i = 0; i < kAll; ++i) bits[i] = static_cast<std::uint16_t>(i);
  for (const std::size_t count : {kAll - 0, kAll - 1, kAll - 5, kAll - 31}) {
    const std::span from = std::span(bits).first(count);
    std::vector<float> floats(count);
    std::vector<std::uint16_t> back(count);
    f32_from_f16(from, floats);
    for (std::size_t i = 0; i < count; ++i)
      ASSERT_EQ(bits_of(floats[i]), bits_of(f32_from_f16(bits[i])));
    f16_from_f32(floats, back);
    for (std::size_t i = 0; i < count; ++i) ASSERT_EQ(back[i], f16_from_f32(floats[i]));
    f32_from_bf16(from, floats);
    for (std::size_t i = 0; i < count; ++i)
      ASSERT_EQ(bits_of(floats[i]), bits_of(f32_from_bf16(bits[i])));
    bf16_from_f32(floats, back);
    for (std::size_t i = 0; i < count; ++i) ASSERT_EQ(back[i], bf16_from_f32(floats[i]));
  }
}

}  // namespace
}  // namespace tegula::tensor

#include "tensor/rope_factors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tegula::tensor {
namespace {

using ::testing::HasSubstr;

RopeScaling llama3(double factor, std::uint64_t context) {
  RopeScaling rope;
  rope.kind = RopeScaling::Kind::Llama3;
  rope.factor = factor;
  rope.original_context = context;
  return rope;
}

TEST(RopeFactors, FindsTheParametersAgain) {
  for (const auto& [factor, context, theta, head] :
       {std::tuple(8.0, 8192U, 500'000.0, 128U), std::tuple(32.0, 8192U, 500'000.0, 64U),
        std::tuple(8.0, 64U, 10'000.0, 16U), std::tuple(4.0, 32768U, 1e6, 128U)}) {
    std::vector<float> factors = llama3_rope_factors(llama3(factor, context), theta, head);
    for (const float off : {1.0F, 1.000002F}) {  // as computed in f32
      for (float& x : factors)
        if (x != 1 && x != static_cast<float>(factor)) x *= off;
      const Result<RopeScaling> found = llama3_rope_scaling(factors, theta, head);
      ASSERT_TRUE(found) << context;
      EXPECT_EQ(found->kind, RopeScaling::Kind::Llama3);
      EXPECT_EQ(found->factor, factor);
      EXPECT_EQ(found->original_context, context);
      EXPECT_EQ(found->low_freq_factor, 1);
      EXPECT_EQ(found->high_freq_factor, 4);
    }
  }
}

TEST(RopeFactors, RefusesOthers) {
  const std::vector<float> right = llama3_rope_factors(llama3(8, 8192), 500'000, 128);
  std::vector<std::vector<float>> wrong(5, right);
  wrong[0][40] *= 1.001F;
  wrong[1].pop_back();
  wrong[2][3] = std::numeric_limits<float>::quiet_NaN();
  wrong[3].back() = std::numeric_limits<float>::infinity();
  wrong[4].assign(64, 0);
  RopeScaling other = llama3(8, 8192);
  other.high_freq_factor = 5;
  wrong.push_back(llama3_rope_factors(other, 500'000, 128));
  for (const std::vector<float>& factors : wrong) {
    const Result<RopeScaling> found = llama3_rope_scaling(factors, 500'000, 128);
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().code, Code::Unsupported);
    EXPECT_THAT(found.error().text, HasSubstr("not Llama 3's"));
  }
}

}  // namespace
}  // namespace tegula::tensor

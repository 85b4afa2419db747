#include "tensor/rope_factors.h"

#include <algorithm>
#include <cmath>

namespace tegula::tensor {
namespace {

// log2 and 2^x in double, by series: a C library's differ in the last bit between systems.
double exact_log2(double x) {
  int exponent = 0;
  double m = std::frexp(x, &exponent);
  if (m < 0.70710678118654752) {
    m *= 2;
    --exponent;
  }
  const double t = (m - 1) / (m + 1);
  double power = t;
  double sum = 0;
  for (int n = 1; n < 40; n += 2) {
    sum += power / n;
    power *= t * t;
  }
  return exponent + sum * 2.8853900817779268;  // 2 / ln 2
}

double exact_exp2(double x) {
  const double whole = std::floor(x + 0.5);
  const double rest = (x - whole) * 0.69314718055994531;
  double term = 1;
  double sum = 1;
  for (int n = 1; n < 20; ++n) {
    term = term * rest / n;
    sum += term;
  }
  return std::ldexp(sum, static_cast<int>(whole));
}

// More than f32 loses in a few operations, less than any other parameters differ by.
constexpr double kTolerance = 0x1p-16;

// What Llama 3 was published with, and the factors of others; its context comes first.
constexpr std::uint64_t kLlama3Context = 8192;
constexpr std::uint64_t kContextMin = 16;
constexpr std::uint64_t kContextMax = 1 << 20;

bool agree(std::span<const float> some, std::span<const float> others) {
  return std::ranges::equal(some, others, [](float a, float b) {
    return std::fabs(static_cast<double>(a) - b) <= kTolerance * std::fabs(b);
  });
}

}  // namespace

std::vector<float> llama3_rope_factors(const RopeScaling& rope, double theta,
                                       std::uint64_t head_size) {
  constexpr double kTwoPi = 6.2831853071795865;
  const auto context = static_cast<double>(rope.original_context);
  const double theta_bits = exact_log2(theta);
  std::vector<float> factors;
  for (std::uint64_t i = 0; i < head_size; i += 2) {
    const double exponent = static_cast<double>(i) / static_cast<double>(head_size);
    const double wavelength = kTwoPi * exact_exp2(theta_bits * exponent);
    if (wavelength < context / rope.high_freq_factor) {
      factors.push_back(1);
    } else if (wavelength > context / rope.low_freq_factor) {
      factors.push_back(static_cast<float>(rope.factor));
    } else {
      const double smooth = (context / wavelength - rope.low_freq_factor) /
                            (rope.high_freq_factor - rope.low_freq_factor);
      factors.push_back(static_cast<float>(1 / ((1 - smooth) / rope.factor + smooth)));
    }
  }
  return factors;
}

Result<RopeScaling> llama3_rope_scaling(std::span<const float> factors, double theta,
                                        std::uint64_t head_size) {
  RopeScaling rope;
  rope.kind = RopeScaling::Kind::Llama3;
  if (!factors.empty()) rope.factor = *std::ranges::max_element(factors);
  const auto fits = [&](std::uint64_t context) {
    rope.original_context = context;
    return agree(llama3_rope_factors(rope, theta, head_size), factors);
  };
  const bool usable =
      std::ranges::all_of(factors, [](float x) { return x > 0 && std::isfinite(x); });
  if (usable && fits(kLlama3Context)) return rope;
  for (std::uint64_t context = kContextMin; usable && context <= kContextMax; context *= 2)
    if (fits(context)) return rope;
  return fail(Code::Unsupported, "these rotary factors are not Llama 3's for any context",
              "their low_freq_factor is 1, their high_freq_factor 4, and they were trained with a "
              "context that is a power of two");
}

}  // namespace tegula::tensor

#include "launch/fit.h"

#include <gtest/gtest.h>

#include "base/limits.h"

namespace tegula::launch {
namespace {

infer::ModelShape shape() {
  infer::ModelShape out;
  out.architecture = "llama";
  out.weight_bytes = limits::kGiB;
  out.parameters = 1'000'000'000;
  out.embedding = 2048;
  out.vocabulary = 32'000;
  out.trained_context = 8192;
  infer::LayerShape layer;
  layer.heads = 32;
  layer.kv_heads = 8;
  layer.key_length = layer.value_length = 64;
  layer.feed_forward = 5632;
  out.layers.assign(22, layer);
  return out;
}

TEST(Fit, TakesTheWholeTrainedContextWhereThereIsRoom) {
  EXPECT_EQ(fit_to_machine(shape(), {.available_bytes = limits::kTiB}).value().context, 8192U);
}

TEST(Fit, TakesLessWhereThereIsLess) {
  const std::uint64_t all = fit_to_machine(shape(), {.available_bytes = limits::kTiB})->total();
  const auto less = fit_to_machine(shape(), {.available_bytes = all - 1}).value();
  EXPECT_LT(less.context, 8192U);
  EXPECT_GT(less.context, 4096U);
  EXPECT_LE(less.total(), all - 1);
}

TEST(Fit, GivesWhatIsAskedForOrRefuses) {
  EXPECT_EQ(fit_to_machine(shape(), {.context = 1024, .available_bytes = limits::kTiB})->context,
            1024U);
  const auto over = fit_to_machine(shape(), {.context = 8193, .available_bytes = limits::kTiB});
  EXPECT_EQ(over.error().code, Code::InvalidArgument);

  const std::uint64_t tight = infer::estimate_memory(shape(), 2048).value().total();
  const auto large = fit_to_machine(shape(), {.context = 8192, .available_bytes = tight});
  ASSERT_FALSE(large);
  EXPECT_EQ(large.error().code, Code::Exhausted);
  EXPECT_NE(large.error().hint.find("2048 tokens would fit"), std::string::npos)
      << large.error().hint;
  const auto none = fit_to_machine(shape(), {.available_bytes = limits::kMiB});
  EXPECT_EQ(none.error().code, Code::Exhausted);
}

}  // namespace
}  // namespace tegula::launch

#include "infer/estimate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tegula::infer {
namespace {

using ::testing::HasSubstr;

constexpr double kMiB = 1024.0 * 1024.0;

ModelShape llama(std::uint32_t layers, std::uint32_t embedding, std::uint32_t heads,
                 std::uint32_t kv_heads, std::uint32_t feed_forward, std::uint32_t context) {
  const std::uint32_t length = embedding / heads;
  const LayerShape layer{.heads = heads,
                         .kv_heads = kv_heads,
                         .key_length = length,
                         .value_length = length,
                         .feed_forward = feed_forward};
  return {.architecture = "llama",
          .weight_bytes = 100U << 20U,
          .embedding = embedding,
          .vocabulary = 259,
          .trained_context = context,
          .layers = std::vector<LayerShape>(layers, layer)};
}

struct Printed {
  ModelShape shape;
  std::uint32_t context;
  double kv_mib;
  double compute_mib;
};

// What llama.cpp (at the pin) printed when it loaded models of these shapes.
TEST(Estimate, IsWhatLlamaCppPrints) {
  const ModelShape tiny = llama(2, 64, 4, 2, 128, 4096);
  const ModelShape small = llama(8, 512, 8, 4, 1408, 8192);
  const ModelShape medium = llama(16, 1024, 16, 4, 2816, 16384);
  const ModelShape wide = llama(4, 2048, 16, 16, 5632, 4096);
  for (const Printed& row : std::vector<Printed>{{tiny, 256, 0.06, 0.63},
                                                 {tiny, 1024, 0.25, 2.01},
                                                 {tiny, 4096, 1.00, 5.01},
                                                 {small, 256, 2.00, 6.26},
                                                 {small, 1024, 8.00, 13.26},
                                                 {small, 4096, 32.00, 16.26},
                                                 {small, 8192, 64.00, 20.26},
                                                 {medium, 256, 4.00, 12.38},
                                                 {medium, 1024, 16.00, 25.51},
                                                 {medium, 8192, 128.00, 32.51},
                                                 {wide, 256, 8.00, 24.63},
                                                 {wide, 1024, 32.00, 50.01},
                                                 {wide, 4096, 128.00, 53.01}}) {
    const Estimate estimate = estimate_memory(row.shape, row.context).value();
    EXPECT_NEAR(static_cast<double>(estimate.kv_bytes) / kMiB, row.kv_mib, 0.01);
    EXPECT_NEAR(static_cast<double>(estimate.compute_bytes) / kMiB, row.compute_mib,
                0.3 + row.compute_mib * 0.01)
        << row.shape.embedding << " at " << row.context;
  }
}

TEST(Estimate, CountsSlidingWindowsAndSharedCaches) {
  ModelShape shape = llama(2, 512, 8, 4, 1408, 32768);
  const std::uint64_t plain = estimate_memory(shape, 32768)->kv_bytes;
  shape.layers[1].window = 1024;
  const std::uint64_t one_window = estimate_memory(shape, 32768)->kv_bytes;
  EXPECT_EQ(one_window, plain / 2 + plain / 2 * (1024 + 512) / 32768);
  shape.layers[1].shares_kv = true;
  EXPECT_EQ(estimate_memory(shape, 32768)->kv_bytes, plain / 2);
}

TEST(Estimate, GrowsWithParallelRequestsAndAdapters) {
  const ModelShape shape = llama(2, 512, 8, 4, 1408, 8192);
  const Estimate one = estimate_memory(shape, 1024).value();
  const Estimate four = estimate_memory(shape, 1024, {.parallel = 4, .adapter_bytes = 7}).value();
  EXPECT_EQ(four.kv_bytes, 4 * one.kv_bytes);
  EXPECT_EQ(four.adapter_bytes, 7U);
  EXPECT_GT(memory_limit(one), one.total());
}

TEST(Estimate, RefusesWhatCannotBe) {
  const ModelShape shape = llama(2, 512, 8, 4, 1408, 8192);
  EXPECT_TRUE(estimate_memory(shape, 8192));
  EXPECT_EQ(estimate_memory(shape, 8193).error().code, Code::InvalidArgument);
  EXPECT_THAT(estimate_memory(shape, 8193).error().text, HasSubstr("trained with 8192"));
  EXPECT_EQ(estimate_memory(shape, 0).error().code, Code::InvalidArgument);
  EXPECT_EQ(estimate_memory({}, 1).error().code, Code::InvalidArgument);
}

TEST(LargestThatFits, IsTheLargest) {
  const ModelShape shape = llama(8, 512, 8, 4, 1408, 8000);
  for (std::uint32_t context = 256; context < 8000; context += 1000) {
    const std::uint64_t exact = estimate_memory(shape, context / 256 * 256)->total();
    EXPECT_EQ(largest_that_fits(shape, exact)->context, context / 256 * 256);
    if (context < 512) continue;
    EXPECT_EQ(largest_that_fits(shape, exact - 1)->context, context / 256 * 256 - 256);
  }
  EXPECT_EQ(largest_that_fits(shape, 1ULL << 40U)->context, 8000U) << "the trained one at most";
}

TEST(LargestThatFits, RefusesWithBothNumbers) {
  const ModelShape shape = llama(8, 512, 8, 4, 1408, 8192);
  const Result<Estimate> none = largest_that_fits(shape, 100U << 20U);
  EXPECT_EQ(none.error().code, Code::Exhausted);
  EXPECT_THAT(none.error().text, HasSubstr("100 MiB"));
  EXPECT_THAT(none.error().text, HasSubstr("256 tokens"));
}

TEST(LargestThatFits, WorksForContextsBelowOneStep) {
  EXPECT_EQ(largest_that_fits(llama(2, 64, 4, 2, 128, 100), 1ULL << 40U)->context, 100U);
}

TEST(Estimate, CountsADraftModelsOwnCache) {
  const ModelShape model = llama(8, 512, 8, 4, 1408, 8192);
  const ModelShape draft = llama(2, 64, 4, 2, 128, 8192);
  const Estimate alone = estimate_memory(model, 4096).value();
  const Estimate other = estimate_memory(draft, 4096).value();
  const Estimate both = estimate_memory(model, 4096, {.draft = &draft}).value();
  EXPECT_EQ(both.weight_bytes, alone.weight_bytes + other.weight_bytes);
  EXPECT_EQ(both.kv_bytes, alone.kv_bytes + other.kv_bytes);
  EXPECT_EQ(both.compute_bytes, alone.compute_bytes + other.compute_bytes);
  EXPECT_LT(both.overhead_bytes, alone.overhead_bytes + other.overhead_bytes) << "one program";
}

}  // namespace
}  // namespace tegula::infer

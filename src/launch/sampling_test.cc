#include "launch/sampling.h"

#include <gtest/gtest.h>

namespace tegula::launch {
namespace {

TEST(Sampling, KeepsOllamasDefaults) {
  const infer::Sampling sampling = sampling_of({}).value();
  EXPECT_FLOAT_EQ(sampling.temperature, 0.8F);
  EXPECT_EQ(sampling.top_k, 40);
  EXPECT_FLOAT_EQ(sampling.top_p, 0.9F);
  EXPECT_FLOAT_EQ(sampling.repeat_penalty, 1.0F);
  EXPECT_EQ(sampling.num_predict, -1);
  EXPECT_EQ(sampling.seed, std::nullopt);
}

TEST(Sampling, TakesWholeNumbersForReals) {
  // RFC 8785 writes 1.0 as 1, so that a real parameter may come back as an integer.
  const Parameters parameters = {{"temperature", std::int64_t{1}},
                                 {"top_p", 0.5},
                                 {"seed", std::int64_t{7}},
                                 {"stop", std::vector<std::string>{"x"}}};
  const infer::Sampling sampling = sampling_of(parameters).value();
  EXPECT_FLOAT_EQ(sampling.temperature, 1.0F);
  EXPECT_EQ(sampling.seed, 7U);
  EXPECT_EQ(sampling.stop, std::vector<std::string>{"x"});
}

TEST(Sampling, NoLimitHasThreeSpellings) {
  for (const std::int64_t none : {0, -1, -2})
    EXPECT_EQ(sampling_of({{"num_predict", none}})->num_predict, -1) << none;
  EXPECT_EQ(sampling_of({{"num_predict", std::int64_t{1}}})->num_predict, 1);
}

TEST(Sampling, RefusesTypesAndRanges) {
  const Parameters bad[] = {
      {{"temperature", true}},
      {{"temperature", -0.5}},
      {{"top_p", 1.01}},
      {{"top_k", 1.5}},
      {{"top_k", std::int64_t{-2}}},
      {{"seed", std::int64_t{1} << 33}},
      {{"stop", std::int64_t{1}}},
  };
  for (const Parameters& parameters : bad)
    EXPECT_EQ(sampling_of(parameters).error().code, Code::InvalidArgument)
        << parameters.begin()->first;
  EXPECT_FALSE(requested_context({{"num_ctx", std::int64_t{-1}}}));
  EXPECT_EQ(requested_context({{"num_ctx", std::int64_t{4096}}}).value(), 4096U);
}

TEST(Sampling, SetsOnlyTheLoadParametersGiven) {
  infer::EngineSettings settings;
  settings.threads = 3;
  EXPECT_TRUE(apply_load_parameters({{"num_batch", std::int64_t{64}}}, settings));
  EXPECT_EQ(settings.batch, 64U);
  EXPECT_EQ(settings.micro_batch, 64U);
  EXPECT_EQ(settings.threads, 3U);
}

}  // namespace
}  // namespace tegula::launch

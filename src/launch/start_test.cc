#include "launch/start.h"

#include <gtest/gtest.h>

#include "base/limits.h"
#include "launch/sample_model.h"

namespace tegula::launch {
namespace {

constexpr Machine kLarge{.memory_bytes = limits::kTiB, .threads = 3};

class PlanTest : public ::testing::Test {
 protected:
  VerifiedModel model(const content::RuntimeSettings& settings, content::PackFiles files = {}) {
    EXPECT_TRUE(content::build(disk_.store, "m", sample_pack(settings, std::move(files))));
    return verify_model(disk_.store, content::named("m"), disk_.progress, {}).value();
  }

  content::TemporaryStore disk_;
};

TEST_F(PlanTest, HandsOverTheVerifiedDescriptors) {
  const VerifiedModel from =
      model({.model = "m.gguf", .draft = "d.gguf", .adapters = {{"a.gguf", 0.5}}},
            {{"d.gguf", sample_model()}, {"a.gguf", sample_adapter()}});
  const Plan made = plan(from, {}, kLarge).value();
  EXPECT_EQ(made.settings.model, from.model.blob.file().descriptor());
  EXPECT_EQ(made.settings.draft_model, from.draft->blob.file().descriptor());
  ASSERT_EQ(made.settings.adapters.size(), 1U);
  EXPECT_EQ(made.settings.adapters[0].descriptor, from.adapters[0].blob.file().descriptor());
  EXPECT_FLOAT_EQ(made.settings.adapters[0].scale, 0.5F);
  EXPECT_EQ(made.settings.threads, 3U);
  EXPECT_EQ(made.settings.context, 2048U);  // what the model was trained with
  EXPECT_EQ(made.settings.memory_bytes_max, infer::memory_limit(made.estimate));
}

TEST_F(PlanTest, ParametersDecideWhatIsLoaded) {
  const VerifiedModel from =
      model({.model = "m.gguf", .draft = "d.gguf"}, {{"d.gguf", sample_model()}});
  const Plan whole = plan(from, {}, kLarge).value();
  const Plan small = plan(from, {{"num_ctx", std::int64_t{256}}}, kLarge).value();
  EXPECT_EQ(small.settings.context, 256U);
  EXPECT_LT(small.estimate.total(), whole.estimate.total());
  // A draft that is never asked takes no memory.
  const Plan alone = plan(from, {{"draft_num_predict", std::int64_t{0}}}, kLarge).value();
  EXPECT_LT(alone.estimate.total(), whole.estimate.total());
}

TEST_F(PlanTest, RefusesWhatDoesNotFit) {
  const VerifiedModel from = model({.model = "m.gguf"});
  EXPECT_EQ(plan(from, {}, {.memory_bytes = 1024}).error().code, Code::Exhausted);
  EXPECT_EQ(plan(from, {{"num_ctx", std::int64_t{4096}}}, kLarge).error().code,
            Code::InvalidArgument);
  EXPECT_EQ(plan(from, {{"num_batch", std::int64_t{0}}}, kLarge).error().code,
            Code::InvalidArgument);
}

}  // namespace
}  // namespace tegula::launch

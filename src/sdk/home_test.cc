#include "sdk/home.h"

#include "sdk/sample_home_test.h"

namespace tegula::sdk {
namespace {

using HomeTest = SampleHome;

TEST_F(HomeTest, ListsItsModels) {
  tegula_models* models = nullptr;
  ASSERT_EQ(code_of(tegula_models_list(home_, &models)), TEGULA_OK);
  EXPECT_EQ(tegula_models_count(models), 0U);
  EXPECT_EQ(tegula_models_at(models, 0), nullptr);
  tegula_models_free(models);

  tegula_build_result* built = build(path("m.gguf"));
  ASSERT_EQ(code_of(tegula_models_list(home_, &models)), TEGULA_OK);
  ASSERT_EQ(tegula_models_count(models), 1U);
  EXPECT_STREQ(tegula_models_at(models, 0)->name, "m:latest");
  EXPECT_STREQ(tegula_models_at(models, 0)->digest, tegula_build_result_at(built, 0)->digest);
  tegula_models_free(models);
  tegula_build_result_free(built);
}

TEST_F(HomeTest, ObjectsOutliveIt) {
  tegula_build_result_free(build(path("m.gguf")));
  tegula_pack* pack = nullptr;
  ASSERT_EQ(code_of(tegula_pack_open(home_, "m", &pack)), TEGULA_OK);
  tegula_home_free(home_);
  home_ = nullptr;
  EXPECT_EQ(code_of(tegula_pack_verify(pack, nullptr)), TEGULA_OK);
  tegula_pack_free(pack);
}

TEST_F(HomeTest, TheEngineIsWhereTheCallerSays) {
  tegula_options options = TEGULA_OPTIONS_INIT;
  const std::string home = path("home"), engine = path("no-engine");
  options.home = home.c_str();
  options.engine = engine.c_str();
  tegula_home* other = nullptr;
  ASSERT_EQ(code_of(tegula_home_open(&options, &other)), TEGULA_OK);
  EXPECT_EQ(other->value->engine_host()->program, engine);
  tegula_home_free(other);
}

TEST_F(HomeTest, RefusesAConfigurationThatIsNone) {
  write("home/config.toml", "[engine]\nthreads = \"many\"\n");
  tegula_options options = TEGULA_OPTIONS_INIT;
  const std::string home = path("home");
  options.home = home.c_str();
  tegula_home* other = nullptr;
  EXPECT_EQ(code_of(tegula_home_open(&options, &other)), TEGULA_INVALID_ARGUMENT);
  EXPECT_EQ(other, nullptr);
  tegula_home_free(nullptr);
}

TEST_F(HomeTest, RefusesToRunWhatIsNotThere) {
  tegula_engine* engine = nullptr;
  EXPECT_EQ(code_of(tegula_engine_start(home_, "m", nullptr, nullptr, &engine)), TEGULA_NOT_FOUND);
  EXPECT_EQ(code_of(tegula_engine_start(home_, "Not A Name", nullptr, nullptr, &engine)),
            TEGULA_INVALID_ARGUMENT);
  EXPECT_EQ(code_of(tegula_engine_start(home_, nullptr, nullptr, nullptr, &engine)),
            TEGULA_INVALID_ARGUMENT);
  EXPECT_EQ(engine, nullptr);
  tegula_engine_free(nullptr);
  tegula_chat_free(nullptr);
  tegula_answer_free(nullptr);
  EXPECT_EQ(code_of(tegula_chat_clear(nullptr)), TEGULA_INVALID_ARGUMENT);
}

TEST_F(HomeTest, ObeysThePolicy) {
  tegula_build_result_free(build(path("m.gguf")));
  write("home/policy.toml", "[[rules]]\nnames = [\"m\"]\nmode = \"enforce\"\n");
  tegula_engine* engine = nullptr;
  EXPECT_EQ(code_of(tegula_engine_start(home_, "m", nullptr, nullptr, &engine)), TEGULA_UNTRUSTED);
}

}  // namespace
}  // namespace tegula::sdk

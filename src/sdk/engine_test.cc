// What of an engine's start needs no engine. tests/sdk/ has the rest.
#include "sdk/sample_home_test.h"

namespace tegula::sdk {
namespace {

class EngineTest : public SampleHome {
 protected:
  void SetUp() override {
    SampleHome::SetUp();
    tegula_build_result_free(build(path("m.gguf")));
  }

  tegula_error* start(std::uint32_t flags) {
    tegula_engine_options options = TEGULA_ENGINE_OPTIONS_INIT;
    options.flags = flags;
    tegula_engine* engine = nullptr;
    tegula_error* error = tegula_engine_start(home_, "m", &options, nullptr, &engine);
    EXPECT_EQ(engine, nullptr);
    return error;
  }
};

TEST_F(EngineTest, RefusesFlagsOfANewerVersion) {
  EXPECT_EQ(code_of(start(2)), TEGULA_UNSUPPORTED);
  EXPECT_EQ(code_of(start(TEGULA_ENGINE_IN_PROCESS | 0x80000000U)), TEGULA_UNSUPPORTED);
}

TEST_F(EngineTest, NeedsTheLibraryWithinThisProcess) {
  tegula_error* error = start(TEGULA_ENGINE_IN_PROCESS);
  EXPECT_EQ(tegula_error_code(error), TEGULA_NOT_FOUND) << tegula_error_text(error);
  EXPECT_NE(std::strstr(tegula_error_text(error), "libtegula-engine.so"), nullptr);
  EXPECT_STRNE(tegula_error_hint(error), "");
  tegula_error_free(error);
}

}  // namespace
}  // namespace tegula::sdk

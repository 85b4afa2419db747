#include "sdk/sample_home_test.h"

namespace tegula::sdk {
namespace {

using BuildsTest = SampleHome;

TEST_F(BuildsTest, AFileBecomesAModel) {
  tegula_build_result* built = build(path("m.gguf"));
  ASSERT_EQ(tegula_build_result_count(built), 1U);
  const tegula_built* pack = tegula_build_result_at(built, 0);
  EXPECT_STREQ(pack->name, "m:latest");
  EXPECT_TRUE(pack->changed);
  EXPECT_TRUE(std::string_view(pack->digest).starts_with("sha256:"));
  EXPECT_NE(std::strstr(tegula_build_result_lock(built), "\"./m.gguf\""), nullptr);
  EXPECT_EQ(tegula_build_result_at(built, 1), nullptr);

  tegula_build_result* again = build(path("m.gguf"));
  EXPECT_FALSE(tegula_build_result_at(again, 0)->changed);
  EXPECT_STREQ(tegula_build_result_at(again, 0)->digest, pack->digest);
  EXPECT_STREQ(tegula_build_result_id(again), tegula_build_result_id(built));
  tegula_build_result_free(again);
  tegula_build_result_free(built);
}

TEST_F(BuildsTest, TheLockIsKeptAndHeldTo) {
  write("Modelfile", "FROM ./m.gguf\nSYSTEM one\n");
  tegula_build_result_free(build(folder_.path().string()));
  EXPECT_TRUE(os::exists(files_, folder_ / "Modelfile.lock").value());
  tegula_build_result_free(build(folder_.path().string(), TEGULA_BUILD_LOCKED));
  write("Modelfile", "FROM ./m.gguf\nSYSTEM two\n");
  const std::string source = folder_.path().string();
  tegula_build_request request = TEGULA_BUILD_REQUEST_INIT;
  request.path = source.c_str();
  request.flags = TEGULA_BUILD_LOCKED;
  tegula_build_result* out = nullptr;
  EXPECT_EQ(code_of(tegula_build(home_, &request, nullptr, &out)), TEGULA_UNTRUSTED);
  EXPECT_EQ(out, nullptr);
  tegula_build_result_free(build(source, TEGULA_BUILD_UPDATE));
}

TEST_F(BuildsTest, RefusesWhatIsNone) {
  write("Modelfile", "FROM ./m.gguf\nFORM x\n");
  const std::string folder = folder_.path().string(), file = path("m.gguf"),
                    nothing = path("nothing");
  struct Case {
    const char* path;
    const char* name;
    std::uint32_t flags;
    tegula_code want;
  };
  const Case cases[] = {
      {folder.c_str(), nullptr, 0, TEGULA_INVALID_ARGUMENT},
      {nothing.c_str(), nullptr, 0, TEGULA_NOT_FOUND},
      {nullptr, nullptr, 0, TEGULA_INVALID_ARGUMENT},
      {file.c_str(), "Not A Name", 0, TEGULA_INVALID_ARGUMENT},
      {file.c_str(), nullptr, TEGULA_BUILD_LOCKED, TEGULA_INVALID_ARGUMENT},
      {file.c_str(), nullptr, TEGULA_BUILD_LOCKED | TEGULA_BUILD_UPDATE, TEGULA_INVALID_ARGUMENT},
      {file.c_str(), nullptr, 64, TEGULA_UNSUPPORTED},
  };
  for (const Case& c : cases) {
    tegula_build_request request = TEGULA_BUILD_REQUEST_INIT;
    request.path = c.path;
    request.name = c.name;
    request.flags = c.flags;
    tegula_build_result* out = nullptr;
    EXPECT_EQ(code_of(tegula_build(home_, &request, nullptr, &out)), c.want);
    EXPECT_EQ(out, nullptr);
  }
}

TEST_F(BuildsTest, StopsWhenItIsTold) {
  tegula_watch watch = TEGULA_WATCH_INIT;
  tegula_stop* stop = tegula_stop_new();
  watch.stop = stop;
  watch.user = stop;
  watch.progress = [](void* user, const char*, std::uint64_t, std::uint64_t) {
    tegula_stop_cancel(static_cast<tegula_stop*>(user));
  };
  const std::string file = path("m.gguf");
  tegula_build_request request = TEGULA_BUILD_REQUEST_INIT;
  request.path = file.c_str();
  tegula_build_result* out = nullptr;
  EXPECT_EQ(code_of(tegula_build(home_, &request, &watch, &out)), TEGULA_CANCELLED);
  tegula_stop_free(stop);
}

}  // namespace
}  // namespace tegula::sdk

#include "launch/engine_host.h"

#include <gtest/gtest.h>

#include "os/temporary_folder.h"

namespace tegula::launch {
namespace {

class EngineHostTest : public testing::Test {
 protected:
  void make(const os::Path& path) {
    ASSERT_TRUE(os::make_folders(files_, path.parent_path(), 0755));
    ASSERT_TRUE(os::write_durably(files_, path, {}));
  }

  os::PosixFileSystem files_;
  os::TemporaryFolder folder_;
  os::Environment nothing_{os::Environment::Variables()};
};

TEST_F(EngineHostTest, FindsTheEngineWhereItIsBuiltOrInstalled) {
  struct Case {
    const char* engine;
    const char* folder;
  };
  const Case cases[] = {
      {"build/bin/tegula-engine", "build/bin"},
      {"usr/libexec/tegula/tegula-engine", "usr/bin"},
      {"opt/libexec/tegula/tegula-engine", "opt/lib/x86_64-linux-gnu"},
  };
  for (const Case& c : cases) {
    make(folder_ / c.engine);
    make(folder_ / c.folder / "self");
    const auto found = find_engine(files_, nothing_, folder_ / c.folder);
    ASSERT_TRUE(found) << c.engine;
    EXPECT_EQ(found->lexically_normal(), folder_ / c.engine);
  }
}

TEST_F(EngineHostTest, TakesTheUsersWordForIt) {
  const os::Environment environment(
      os::Environment::Variables{{"TEGULA_ENGINE", "/somewhere/engine"}});
  EXPECT_EQ(find_engine(files_, environment, folder_.path()), "/somewhere/engine");
}

TEST_F(EngineHostTest, SaysWhereItLooked) {
  const os::Environment empty(os::Environment::Variables{{"TEGULA_ENGINE", ""}});
  const auto found = find_engine(files_, empty, folder_.path());
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, Code::NotFound);
  EXPECT_NE(found.error().text.find(folder_.path().string()), std::string::npos);
}

TEST_F(EngineHostTest, FindsTheEnginesLibrary) {
  const auto missing = find_engine_library(files_, folder_.path());
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, Code::NotFound);
  EXPECT_NE(missing.error().text.find(folder_.path().string()), std::string::npos);

  make(folder_ / "libtegula-engine.so");
  make(folder_ / "tegula");
  EXPECT_EQ(find_engine_library(files_, folder_.path()), folder_ / "libtegula-engine.so");
  std::filesystem::remove(folder_ / "tegula");
  make(folder_ / "tegula/libtegula-engine.so");
  EXPECT_EQ(find_engine_library(files_, folder_.path()), folder_ / "tegula/libtegula-engine.so");
}

TEST_F(EngineHostTest, MakesTheFoldersOfEngines) {
  config::Folders folders;
  folders.run = folder_ / "run";
  folders.logs = folder_ / "state/logs";
  const ManualClock clock;
  SeededRandom random(1);
  const auto host = engine_host("/engine", files_, folders, clock, random);
  ASSERT_TRUE(host);
  EXPECT_EQ(host->program, "/engine");
  EXPECT_EQ(files_.stat(folders.run)->mode & 0777, 0700U);
  EXPECT_EQ(host->log_file, folders.logs / "engine.log");
}

}  // namespace
}  // namespace tegula::launch

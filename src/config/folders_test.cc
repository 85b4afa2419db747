#include "config/folders.h"

#include <gtest/gtest.h>

namespace tegula::config {
namespace {

using Variables = os::Environment::Variables;

TEST(Folders, TegulaHomeMovesEverything) {
  const os::Environment environment(
      Variables{{"TEGULA_HOME", "/srv/t"}, {"HOME", "/home/ada"}, {"XDG_DATA_HOME", "/elsewhere"}});
  const Folders folders = find_folders(environment).value();
  EXPECT_EQ(folders.config_file, "/srv/t/config.toml");
  EXPECT_EQ(folders.data, "/srv/t");
  EXPECT_EQ(folders.run, "/srv/t/run");
  EXPECT_EQ(folders.home, "/home/ada");
}

TEST(Folders, FollowsXdg) {
  const os::Environment plain(Variables{{"HOME", "/home/ada"}});
  EXPECT_EQ(find_folders(plain)->data, "/home/ada/.local/share/tegula");
  EXPECT_EQ(find_folders(plain)->config_file, "/home/ada/.config/tegula/config.toml");
  const os::Environment moved(Variables{{"HOME", "/home/ada"},
                                        {"XDG_DATA_HOME", "/data"},
                                        {"XDG_CONFIG_HOME", "relative"},
                                        {"XDG_RUNTIME_DIR", "/run/user/1"}});
  EXPECT_EQ(find_folders(moved)->data, "/data/tegula");
  EXPECT_EQ(find_folders(moved)->config_file, "/home/ada/.config/tegula/config.toml");
  EXPECT_EQ(find_folders(moved)->run, "/run/user/1/tegula");
}

TEST(Folders, NeedsAHome) {
  EXPECT_EQ(find_folders(os::Environment(Variables{})).error().code, Code::NotFound);
}

}  // namespace
}  // namespace tegula::config

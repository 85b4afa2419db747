#include "config/config.h"

#include <gtest/gtest.h>

#include "os/temporary_folder.h"

namespace tegula::config {
namespace {

TEST(Config, HasFallbacks) {
  const Config config = Config::parse("").value();
  EXPECT_TRUE(config.get_bool("chat.history"));
  EXPECT_EQ(config.get_int("engine.threads"), 0);
  EXPECT_EQ(config.get_text("ui.colour"), "auto");
  EXPECT_FALSE(config.is_set("ui.colour"));
}

TEST(Config, ParseIsTheInverseOfEncode) {
  Config config;
  ASSERT_TRUE(config.set("engine.threads", "4"));
  ASSERT_TRUE(config.set("engine.memory", "8GiB"));
  ASSERT_TRUE(config.set("chat.history", "false"));
  ASSERT_TRUE(config.set("store.folder", "/srv/\"models\""));
  const Config again = Config::parse(config.encode()).value();
  EXPECT_EQ(again.encode(), config.encode());
  EXPECT_EQ(again.get_text("store.folder"), "/srv/\"models\"");
  ASSERT_TRUE(config.unset("engine.threads"));
  EXPECT_EQ(config.get_int("engine.threads"), 0);
}

TEST(Config, RefusesWithThePlace) {
  struct Case {
    const char* toml;
    const char* says;
  };
  const Case cases[] = {
      {"[engine]\nthread = 4\n", "line 2"},
      {"[engine]\nthreads = \"4\"\n", "a number from 0 to 1024 was expected"},
      {"[engine]\nthreads = 1025\n", "a number from 0 to 1024 was expected"},
      {"[ui]\ncolour = \"blue\"\n", "\"auto\", \"always\" or \"never\""},
      {"[engine]\nmemory = \"lots\"\n", "a size"},
      {"[store]\nfolder = \"models\"\n", "an absolute path"},
      {"threads = 4\n", "there is no setting \"threads\""},
      {"[engine\n", "line 1"},
  };
  for (const Case& c : cases) {
    const auto config = Config::parse(c.toml);
    ASSERT_FALSE(config) << c.toml;
    EXPECT_EQ(config.error().code, Code::InvalidArgument);
    EXPECT_NE(config.error().text.find(c.says), std::string::npos) << config.error().text;
  }
}

TEST(Config, SuggestsTheNearSetting) {
  EXPECT_EQ(Config().set("engine.thread", "4").error().hint, "did you mean engine.threads?");
}

TEST(Config, SavesAndLoads) {
  os::PosixFileSystem files;
  const os::TemporaryFolder folder;
  const os::Path path = folder.path() / "deep" / "config.toml";
  EXPECT_TRUE(Config::load(files, path)->encode().empty());
  Config config;
  ASSERT_TRUE(config.set("engine.threads", "2"));
  ASSERT_TRUE(config.save(files, path));
  EXPECT_EQ(Config::load(files, path)->get_int("engine.threads"), 2);
}

TEST(Config, HasMirrors) {
  const std::string toml =
      "[engine]\nthreads = 2\n\n[mirrors]\n\"hf.co\" = "
      "[\"https://a.example\",\"https://b.example/hub\"]\n\"localhost:5000\" = []\n";
  const Config config = Config::parse(toml).value();
  EXPECT_EQ(config.mirrors().at("hf.co"),
            (std::vector<std::string>{"https://a.example", "https://b.example/hub"}));
  EXPECT_EQ(config.encode(), toml);  // `config set` keeps them
  struct Case {
    const char* line;
    const char* says;
  };
  for (const Case& c :
       {Case{"\"hf.co\" = \"https://a\"", "a list of addresses"}, Case{"\"hf.co\" = [1]", "line 2"},
        Case{"\"hf.co\" = [\"a\"]", "line 2"}, Case{"\"HF.co\" = []", "no host"},
        Case{"\"a/b\" = []", "no host"}, Case{"\"\" = []", "no host"}}) {
    const auto refused = Config::parse(std::string("[mirrors]\n") + c.line);
    ASSERT_FALSE(refused) << c.line;
    EXPECT_NE(refused.error().text.find(c.says), std::string::npos) << refused.error().text;
  }
}

TEST(Size, ReadsUnits) {
  EXPECT_EQ(parse_size("0").value(), 0U);
  EXPECT_EQ(parse_size("8GiB").value(), 8ULL << 30);
  EXPECT_EQ(parse_size("500 MB").value(), 500'000'000U);
  for (const char* bad : {"", "GiB", "-1", "1.5GiB", "1 G", "99999999999TiB"})
    EXPECT_FALSE(parse_size(bad)) << bad;
}

}  // namespace
}  // namespace tegula::config

#include "content/file_path.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/limits.h"

namespace tegula::content {
namespace {

TEST(FilePath, TakesRelativePaths) {
  for (const char* good : {"a", "model.gguf", "dir/model.gguf", "a/b/c", "..a", "a..", "a.b", "…",
                           "-", "tokenizer config.json", "~", "C:"})
    EXPECT_TRUE(check_file_path(good)) << good;
}

TEST(FilePath, RefusesWhatCouldLeaveItsFolder) {
  for (const char* bad :
       {"",          "/",    "/a",    "//a",  "a/",     "a//b",  ".",
        "..",        "./a",  "../a",  "a/..", "a/../b", "a/./b", "a/../../etc/passwd",
        "..\\a",     "a\\b", "C:\\a", "a\nb", "a\tb",   "\x7f",  "\xff",
        "a/\xc0\xaf"})
    EXPECT_EQ(check_file_path(bad).error().code, Code::InvalidArgument) << bad;
  EXPECT_FALSE(check_file_path(std::string_view("a\0b", 3)));
}

TEST(FilePath, HoldsItsLimits) {
  EXPECT_TRUE(check_file_path(std::string(limits::kFileNameBytesMax, 'a')));
  EXPECT_EQ(check_file_path(std::string(limits::kFileNameBytesMax + 1, 'a')).error().code,
            Code::Exhausted);

  std::string deep = "a";
  for (std::size_t i = 1; i < limits::kFilePathDepthMax; ++i) deep += "/a";
  EXPECT_TRUE(check_file_path(deep));
  EXPECT_EQ(check_file_path(deep + "/a").error().code, Code::Exhausted);

  const std::string part(200, 'a');
  std::string path = part;
  while (path.size() + 1 + part.size() <= limits::kFilePathBytesMax) path += "/" + part;
  path += "/" + std::string(limits::kFilePathBytesMax - path.size() - 1, 'b');
  ASSERT_EQ(path.size(), limits::kFilePathBytesMax);
  EXPECT_TRUE(check_file_path(path));
  EXPECT_EQ(check_file_path(path + "b").error().code, Code::Exhausted);
}

TEST(FilePath, SetsAreUniqueAndNoFileIsAFolder) {
  using Paths = std::vector<std::string_view>;
  EXPECT_TRUE(check_file_paths(Paths{}));
  EXPECT_TRUE(check_file_paths(Paths{"a", "b/c", "b/d", "ab"}));
  EXPECT_FALSE(check_file_paths(Paths{"a", "b", "a"}));
  EXPECT_FALSE(check_file_paths(Paths{"a", "a/b"}));
  EXPECT_FALSE(check_file_paths(Paths{"a/b/c", "a/b"}));
  EXPECT_FALSE(check_file_paths(Paths{"a", "../b"}));
}

TEST(FilePath, HasABaseName) {
  EXPECT_EQ(base_name("a/b/c.gguf"), "c.gguf");
  EXPECT_EQ(base_name("c.gguf"), "c.gguf");
}

}  // namespace
}  // namespace tegula::content

#include "content/golden_file.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

namespace tegula::content {

void expect_golden(std::string_view path, std::string_view got) {
  const char* source = std::getenv("TEGULA_SOURCE_DIR");
  ASSERT_NE(source, nullptr);
  const std::filesystem::path file = std::filesystem::path(source) / "tests" / "golden" / path;
  if (std::getenv("TEGULA_ACCEPT") != nullptr) {
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << got;
    GTEST_SKIP() << "rewrote " << file;
  }
  std::ifstream in(file, std::ios::binary);
  ASSERT_TRUE(in) << file;
  std::ostringstream want;
  want << in.rdbuf();
  EXPECT_EQ(got, want.str()) << file;
}

}  // namespace tegula::content

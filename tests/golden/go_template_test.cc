// The Jinja that each Go template of tests/golden/go_template becomes. TEGULA_ACCEPT=1 writes it
// anew; go_template_render_test.py checks that it renders what Ollama does.
#include "modelfile/go_template.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <gtest/gtest.h>

namespace tegula::modelfile {
namespace {

namespace fs = std::filesystem;

std::string read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(GoTemplateGolden, BecomesThisJinja) {
  const char* source = std::getenv("TEGULA_SOURCE_DIR");
  ASSERT_NE(source, nullptr);
  const bool accept = std::getenv("TEGULA_ACCEPT") != nullptr;
  int count = 0;
  for (const auto& folder : fs::directory_iterator(fs::path(source) / "tests/golden/go_template")) {
    const Result<std::string> jinja =
        jinja_from_go_template(read(folder.path() / "template.gotmpl"));
    ASSERT_TRUE(jinja.has_value()) << folder.path() << jinja.error().text;
    if (accept)
      std::ofstream(folder.path() / "template.jinja", std::ios::binary) << *jinja;
    else
      EXPECT_EQ(*jinja, read(folder.path() / "template.jinja")) << folder.path();
    ++count;
  }
  EXPECT_GE(count, 12);
  if (accept) GTEST_SKIP() << "golden files written";
}

}  // namespace
}  // namespace tegula::modelfile

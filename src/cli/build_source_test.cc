#include "cli/build_source.h"

#include <gtest/gtest.h>

#include "content/reference.h"

namespace tegula::cli {
namespace {

TEST(Slug, MakesAName) {
  struct Case {
    const char* text;
    const char* want;
  };
  const Case cases[] = {
      {"starter", "starter"},
      {"Qwen3 8B", "qwen3-8b"},
      {"Qwen3-8B-Q4_K_M", "qwen3-8b-q4_k_m"},
      {"llama..3", "llama.3"},
      {"__x__", "x"},
      {"模型", ""},
      {"...", ""},
      {"a - b", "a-b"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(slug(c.text), c.want) << c.text;
    if (*c.want != '\0') {
      EXPECT_TRUE(content::Reference::parse(slug(c.text))) << c.text;
    }
  }
}

TEST(BuildSource, AGgufAloneIsOneLine) {
  const BuildSource source = gguf_source("/models/My Model.gguf");
  EXPECT_EQ(source.file.text, "FROM ./My Model.gguf\n");
  EXPECT_EQ(source.folder, "/models");
  EXPECT_EQ(source.default_name, "My Model");
}

}  // namespace
}  // namespace tegula::cli

#include "build/build_source.h"

#include <fstream>

#include <gtest/gtest.h>

#include "content/reference.h"
#include "modelfile/parser.h"
#include "os/file_system.h"
#include "os/temporary_folder.h"

namespace tegula::build {
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
  const BuildSource source = gguf_source("/models/My Model.gguf").value();
  EXPECT_EQ(source.text, "FROM ./My Model.gguf\n");
  EXPECT_EQ(source.folder, "/models");
  EXPECT_EQ(source.default_name, "My Model");
}

TEST(BuildSource, AnyNameOfAFileIsOneFrom) {
  const BuildSource source = gguf_source("/models/a\nSYSTEM \"x\".gguf").value();
  const auto parsed = modelfile::parse(source.text);
  ASSERT_TRUE(parsed);
  ASSERT_EQ(parsed->commands.size(), 1U);
  EXPECT_EQ(parsed->commands[0].args, "./a\nSYSTEM \"x\".gguf");
  EXPECT_EQ(gguf_source("/models/a\xff.gguf").error().code, Code::InvalidArgument);
}

TEST(BuildSource, AModelIsKnownByItsNameOrItsStart) {
  os::PosixFileSystem files;
  const os::TemporaryFolder folder;
  const auto write = [&](const char* name, std::string_view bytes) {
    std::ofstream(folder / name) << bytes;
    return folder / name;
  };
  EXPECT_TRUE(is_gguf(files, write("a.gguf", "?")).value());
  EXPECT_TRUE(is_gguf(files, write("0123abcd", "GGUF...")).value());
  EXPECT_FALSE(is_gguf(files, write("Modelfile", "FROM x")).value());
  EXPECT_FALSE(is_gguf(files, write("short", "GG")).value());
}

}  // namespace
}  // namespace tegula::build

#include "source/gguf_choice.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tegula::source {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::vector<std::string> kFiles = {
    "README.md",
    "config.json",
    "mmproj-BF16.gguf",
    "mmproj-F16.gguf",
    "x-1B-Q4_K_M.gguf",
    "x-1B-Q4_K.gguf",
    "x-1B-IQ4_K_M.gguf",
    "x-1B-Q8_0.GGUF",
    "x-1B-f16-00001-of-00002.gguf",
    "x-1B-f16-00002-of-00002.gguf",
};

TEST(GgufChoice, FindsTheModels) {
  EXPECT_THAT(model_files(kFiles),
              ElementsAre("x-1B-IQ4_K_M.gguf", "x-1B-Q4_K.gguf", "x-1B-Q4_K_M.gguf",
                          "x-1B-Q8_0.GGUF", "x-1B-f16-00001-of-00002.gguf"));
}

TEST(GgufChoice, TakesFileNamesAndQuantisations) {
  struct Case {
    const char* choice;
    const char* want;
  };
  const Case cases[] = {
      {"x-1B-Q4_K_M.gguf", "x-1B-Q4_K_M.gguf"},
      {"x-1B-Q4_K_M", "x-1B-Q4_K_M.gguf"},
      {"Q4_K_M", "x-1B-Q4_K_M.gguf"},
      {"q4_k", "x-1B-Q4_K.gguf"},
      {"q8_0", "x-1B-Q8_0.GGUF"},
      {"iq4_k_m", "x-1B-IQ4_K_M.gguf"},
      {"F16", "x-1B-f16-00001-of-00002.gguf"},
  };
  for (const Case& c : cases) {
    const Result<std::string> file = choose_file(kFiles, c.choice);
    ASSERT_TRUE(file) << c.choice << ": " << file.error().text;
    EXPECT_EQ(*file, c.want);
  }
}

TEST(GgufChoice, SaysWhatThereIsWhenTheChoiceIsOpen) {
  const Error none = choose_file(kFiles, "").error();
  EXPECT_EQ(none.code, Code::InvalidArgument);
  EXPECT_THAT(none.hint, HasSubstr("x-1B-Q4_K.gguf, x-1B-Q4_K_M.gguf"));
  const Error several = choose_file(kFiles, "1B").error();
  EXPECT_EQ(several.code, Code::InvalidArgument);
  EXPECT_THAT(several.text, HasSubstr("means 5 files"));
  EXPECT_EQ(choose_file(kFiles, "Q2_K").error().code, Code::NotFound);
  EXPECT_EQ(choose_file(kFiles, "Q4").error().code, Code::NotFound);
  EXPECT_EQ(choose_file({}, "").error().code, Code::NotFound);
}

TEST(GgufChoice, OneModelNeedsNoChoice) {
  const std::vector<std::string> files = {"a.gguf", "mmproj.gguf"};
  EXPECT_EQ(choose_file(files, "").value(), "a.gguf");
}

TEST(GgufChoice, PrefersTheProjectorInF16) {
  EXPECT_EQ(choose_projector(kFiles), "mmproj-F16.gguf");
  EXPECT_EQ(choose_projector(std::vector<std::string>{"b-mmproj.gguf", "a.gguf"}), "b-mmproj.gguf");
  EXPECT_EQ(choose_projector(std::vector<std::string>{"a.gguf"}), "");
}

}  // namespace
}  // namespace tegula::source

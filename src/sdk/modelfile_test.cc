#include <gtest/gtest.h>

#include "sdk/boundary.h"

namespace tegula::sdk {
namespace {

constexpr std::string_view kText = "# mine\nFROM starter\nPARAMETER temperature 0.2\nSYSTEM hi\n";

TEST(SdkModelfile, HandsOutItsCommands) {
  tegula_modelfile* file = nullptr;
  ASSERT_EQ(tegula_modelfile_parse(kText.data(), kText.size(), TEGULA_DIALECT_TEGULA, &file),
            nullptr);
  ASSERT_EQ(tegula_modelfile_count(file), 3U);
  const tegula_command* command = tegula_modelfile_command(file, 1);
  EXPECT_STREQ(command->name, "temperature");
  EXPECT_STREQ(command->args, "0.2");
  EXPECT_EQ(command->args_length, 3U);
  EXPECT_EQ(command->line, 3U);
  EXPECT_EQ(tegula_modelfile_command(file, 3), nullptr);
  char* text = nullptr;
  ASSERT_EQ(tegula_modelfile_print(file, &text), nullptr);
  EXPECT_STREQ(text, "FROM starter\nPARAMETER temperature 0.2\nSYSTEM hi\n");
  tegula_string_free(text);
  tegula_modelfile_free(file);
}

TEST(SdkModelfile, SaysWhereItIsWrong) {
  struct Case {
    const char* text;
    int dialect;
    const char* want;
  };
  const Case cases[] = {
      {"FROM a\nFORM b\n", TEGULA_DIALECT_TEGULA, "2:1: unknown instruction \"FORM\""},
      {"", TEGULA_DIALECT_TEGULA, "1:1: no FROM line"},
      {"FROM a\n", 7, "no such dialect"},
      {nullptr, TEGULA_DIALECT_TEGULA, "text is null"},
  };
  for (const Case& c : cases) {
    int place = 0;
    auto* file = reinterpret_cast<tegula_modelfile*>(&place);
    const std::size_t length = c.text == nullptr ? 0 : std::strlen(c.text);
    tegula_error* error = tegula_modelfile_parse(c.text, length, c.dialect, &file);
    EXPECT_EQ(file, nullptr);
    EXPECT_EQ(tegula_error_code(error), TEGULA_INVALID_ARGUMENT);
    EXPECT_STREQ(tegula_error_text(error), c.want);
    tegula_error_free(error);
  }
}

TEST(SdkModelfile, TakesNull) {
  tegula_modelfile_free(nullptr);
  EXPECT_EQ(tegula_modelfile_count(nullptr), 0U);
  EXPECT_EQ(tegula_modelfile_command(nullptr, 0), nullptr);
  tegula_error* error = tegula_modelfile_parse("FROM a", 6, TEGULA_DIALECT_TEGULA, nullptr);
  EXPECT_EQ(tegula_error_code(error), TEGULA_INVALID_ARGUMENT);
  tegula_error_free(error);
}

}  // namespace
}  // namespace tegula::sdk

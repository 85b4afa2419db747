// The quirks of Ollama's parser that the other dialect doesn't have, each with what it answers.
#include "modelfile/ollama_parser.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/limits.h"

namespace tegula::modelfile {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kBadCommand =
    R"(command must be one of "from", "license", "template", "system", "adapter", "draft", )"
    R"("renderer", "parser", "parameter", "message", or "requires")";

// The args of the command after "FROM x", or the error.
std::string args_after_from(std::string_view line) {
  const auto got = parse_as_ollama("FROM x\n" + std::string(line));
  if (!got) return "error: " + got.error().text;
  return got->commands.size() == 2 ? got->commands[1].args : "not two commands";
}

std::string error_of_text(std::string_view text) {
  const auto got = parse_as_ollama(text);
  return got ? "no error" : got.error().text;
}

TEST(OllamaValue, IsQuotedTrimmedAndCutAsThere) {
  struct Case {
    std::string_view line;
    std::string_view want;
  };
  const Case cases[] = {
      {"SYSTEM  a  b \t", "a  b"},
      {"SYSTEM a\tb", "a\tb"},
      {"SYSTEM", "error: unexpected EOF"},
      {"SYSTEM ", ""},
      {"SYSTEM \n", ""},
      {"SYSTEM \"a\" and \"b\"", "a\" and \"b"},
      {"SYSTEM \"a\" b\nc\"\n", "a\" b\nc"},
      {"SYSTEM \"a\" b\nc\n", "error: unexpected EOF"},
      {"SYSTEM \"", "error: unexpected EOF"},
      {"SYSTEM \"\"", ""},
      {"SYSTEM \"\"\"", "error: unexpected EOF"},
      {"SYSTEM \"\"\"\"\"", "error: unexpected EOF"},
      {"SYSTEM \"\"\"\"\"\"", ""},
      {R"(SYSTEM """"a"""")", "\"a\""},
      {R"(SYSTEM """a""" b)", "error: unexpected EOF"},
      {"SYSTEM \"\"\"a\"\"\" b\nc\"\"\"", "a\"\"\" b\nc"},
      {"SYSTEM 'a'", "'a'"},
      {"SYSTEM a \"\"\"", "a \"\"\""},
      {"SYSTEM # no comment", "# no comment"},
      {"SYSTEM a\\\nFROM y", "not two commands"},
      {"SYSTEM \"\"\"\r\na\r\n\"\"\"\r\n", "\r\na\r\n"},
      {"SYSTEM a\rLICENSE", "error: unexpected EOF"},
      {"  \tsYsTeM a", "a"},
      {"MESSAGE user a: b", "user: a: b"},
      {"MESSAGE assistant \"\"", "assistant: "},
      {"PARAMETER  x 1", "x 1"},
  };
  for (const Case& c : cases) EXPECT_EQ(args_after_from(c.line), c.want) << c.line;
}

TEST(OllamaValue, LosesWhatGoCannotPrint) {
  struct Case {
    std::string_view line;
    std::string_view want;
  };
  const Case cases[] = {
      {"SYSTEM a\u00A0b", "ab"},
      {"SYSTEM a\u200Bb\u200Dc\uFEFFd", "abcd"},
      {"SYSTEM \u3000a\u3000", "a"},
      {"SYSTEM a\u00ADb\u2028c\uE000d", "abcd"},
      {"SYSTEM a\fb\0c\x7F"sv, "abc"},
      {"SYSTEM e\u0301 \u4F60 \U0001F44B \uFFFD", "e\u0301 \u4F60 \U0001F44B \uFFFD"},
      {"\u200BSYSTEM a", "a"},
      {"SYSTEM a\xFF\xFE", "a\uFFFD\uFFFD"},
      {"SYSTEM \xF0\x9F\x91 \xE0\xA0 \xED\xA0\x80 \xC0\x80",
       "\uFFFD \uFFFD \uFFFD\uFFFD\uFFFD \uFFFD\uFFFD"},
  };
  for (const Case& c : cases) EXPECT_EQ(args_after_from(c.line), c.want) << c.line;
}

TEST(OllamaParser, NamesItsErrorsAndCountsItsLines) {
  struct Case {
    std::string_view text;
    std::string want;
  };
  const std::string command(kBadCommand);
  const std::string role = R"(message role must be one of "system", "user", or "assistant")";
  const Case cases[] = {
      {"", "no FROM line"},
      {"# only\n", "no FROM line"},
      {"FROM", "unexpected EOF"},
      {"FROM\n", "(line 2): " + command},
      {"FROM\r\n", "(line 2): " + command},
      {"\r\n\r\nFRM x", "(line 5): " + command},
      {"F1 x", "(line 1): " + command},
      {"FROM x\nTARGET gguf\n", "(line 2): " + command},
      {"FROM x\nPARAMETER", "unexpected EOF"},
      {"FROM x\nPARAMETER\n", "(line 3): " + command},
      {"FROM x\nPARAMETER \n", "unexpected EOF: "},
      {"FROM x\nPARAMETER a-b 1\n", "unexpected EOF: a"},
      {"FROM x\nPARAMETER stop", "unexpected EOF"},
      {"FROM x\nMESSAGE user", "unexpected EOF"},
      {"FROM x\nMESSAGE user\n", "unexpected EOF: user"},
      {"FROM x\nMESSAGE user1 a\n", "unexpected EOF: user"},
      {"FROM x\nMESSAGE  user a\n", "(line 2): " + role},
      {"FROM x\nMESSAGE User a\n", "(line 2): " + role},
  };
  for (const Case& c : cases) EXPECT_EQ(error_of_text(c.text), c.want) << c.text;
}

TEST(OllamaParser, TakesAParameterCalledModelForAFrom) {
  const auto got = parse_as_ollama("PARAMETER model x");
  ASSERT_TRUE(got.has_value());
  EXPECT_EQ(got->commands[0].instruction, Instruction::Parameter);
}

TEST(OllamaParser, DecodesByTheMark) {
  const std::string_view want = "\u4F60";
  EXPECT_EQ(parse_as_ollama("\xEF\xBB\xBF"
                            "FROM \xE4\xBD\xA0")
                ->commands[0]
                .args,
            want);
  EXPECT_EQ(parse_as_ollama("\xFF\xFE"
                            "F\0R\0O\0M\0 \0\x60\x4F"sv)
                ->commands[0]
                .args,
            want);
  EXPECT_EQ(parse_as_ollama("\xFE\xFF"
                            "\0F\0R\0O\0M\0 \x4F\x60"sv)
                ->commands[0]
                .args,
            want);
  // A surrogate alone, two low ones, and half a unit.
  EXPECT_EQ(parse_as_ollama("\xFE\xFF"
                            "\0F\0R\0O\0M\0 \xD8\0\0a"sv)
                ->commands[0]
                .args,
            "\uFFFDa");
  EXPECT_EQ(parse_as_ollama("\xFE\xFF"
                            "\0F\0R\0O\0M\0 \xDC\0\xDC\0"sv)
                ->commands[0]
                .args,
            "\uFFFD");
  EXPECT_EQ(parse_as_ollama("\xFE\xFF"
                            "\0F\0R\0O\0M\0 \0"sv)
                ->commands[0]
                .args,
            "\uFFFD");
  // After a UTF-8 mark each broken byte counts.
  EXPECT_EQ(parse_as_ollama("\xEF\xBB\xBF"
                            "FROM \xF0\x9F\x91")
                ->commands[0]
                .args,
            "\uFFFD\uFFFD\uFFFD");
}

TEST(OllamaParser, KnowsTruePlaces) {
  const auto got = parse_as_ollama("\r\nFROM x\r\n  SYSTEM  \"\"\"a\"\"\"");
  ASSERT_TRUE(got.has_value());
  EXPECT_EQ(got->commands[0].place, (Place{2, 1}));
  EXPECT_EQ(got->commands[1].place, (Place{3, 3}));
  EXPECT_EQ(got->commands[1].value_place, (Place{3, 14}));
}

TEST(OllamaParser, HasLimits) {
  std::string text = "FROM x\n";
  for (std::size_t i = 1; i < limits::kModelfileCommandsMax; ++i) text += "LICENSE a\n";
  EXPECT_TRUE(parse_as_ollama(text).has_value());
  EXPECT_EQ(parse_as_ollama(text + "LICENSE a\n").error().code, Code::Exhausted);

  std::string big = "FROM x\nSYSTEM \"\"\"";
  while (big.size() + 3 + 4 <= limits::kModelfileBytesMax) big += "\U0001F44B";
  big.append(limits::kModelfileBytesMax - 3 - big.size(), 'a');
  EXPECT_TRUE(parse_as_ollama(big + R"(""")").has_value());
  EXPECT_EQ(parse_as_ollama(big + R"("""")").error().code, Code::Exhausted);
}

}  // namespace
}  // namespace tegula::modelfile

#include "modelfile/tegula_parser.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/limits.h"
#include "modelfile/parser.h"

namespace tegula::modelfile {
namespace {

using namespace std::string_view_literals;

std::string args_after_from(std::string_view line) {
  const auto got = parse("FROM x\n" + std::string(line));
  if (!got) return "error: " + got.error().text;
  return got->commands.size() == 2 ? got->commands[1].args : "not two commands";
}

TEST(TegulaValue, MeansWhatItMeansToOllama) {
  struct Case {
    std::string_view line;
    std::string_view want;
  };
  const Case cases[] = {
      {"SYSTEM  a  b \t", "a  b"},
      {"SYSTEM a\tb", "a\tb"},
      {"SYSTEM ", ""},
      {"SYSTEM \n", ""},
      {"SYSTEM \"a\" and \"b\"", "a\" and \"b"},
      {"SYSTEM \"a\" b\nc\"\n", "a\" b\nc"},
      {"SYSTEM \"\"", ""},
      {"SYSTEM \"\"\"\"\"\"", ""},
      {R"(SYSTEM """"a"""")", "\"a\""},
      {"SYSTEM \"\"\"a\"\"\" b\nc\"\"\"", "a\"\"\" b\nc"},
      {"SYSTEM a \"\"\"", "a \"\"\""},
      {"SYSTEM # no comment", "# no comment"},
      {"SYSTEM \"\"\"\r\na\r\n\"\"\"\r\n", "\r\na\r\n"},
      {"  \tsYsTeM a", "a"},
      {"MESSAGE user a: b", "user: a: b"},
      {"MESSAGE assistant \"\"", "assistant: "},
  };
  for (const Case& c : cases) EXPECT_EQ(args_after_from(c.line), c.want) << c.line;
}

TEST(TegulaValue, KeepsEveryCharacter) {
  for (const std::string_view value :
       {"a\u00A0b"sv, "\u200Ba\u200Dc\uFEFF"sv, "\u3000a\u3000"sv, "\u2028"sv, "\uE000"sv,
        "a\fb\0c\x7F"sv, "\U000E0041"sv, "\u0085"sv, "\uFFFD"sv})
    EXPECT_EQ(args_after_from("SYSTEM " + std::string(value)), value);
}

TEST(TegulaValue, MayBeRaw) {
  struct Case {
    std::string_view line;
    std::string_view want;
  };
  const Case cases[] = {
      {R"(SYSTEM#"a"#)", "a"},
      {"SYSTEM#\"\"#", ""},
      {"SYSTEM#\" a\"\"\"\n\"b\" \"#  \n", " a\"\"\"\n\"b\" "},
      {R"(SYSTEM##"a"#b"##)", "a\"#b"},
      {R"(SYSTEM#"""#)", "\""},
      {"PARAMETER stop#\"\r\"#\r\n", "\r"},
      {R"(MESSAGE user#"a"#)", "user: a"},
      {R"(SYSTEM #"a"#)", "#\"a\"#"},  // after a blank it is Ollama's plain text
  };
  for (const Case& c : cases) EXPECT_EQ(args_after_from(c.line), c.want) << c.line;
}

TEST(TegulaParser, TakesTargetAndLabelAndMoreBlanks) {
  const auto got = parse(
      "FROM x\nTARGET gguf quant=Q4_K_M\nlabel a=b\nPARAMETER \t top_k  1\n"
      "MESSAGE   user  hi\n");
  ASSERT_TRUE(got.has_value());
  const std::vector<Command> want = {
      {Instruction::From, "model", "x", {}, {}},
      {Instruction::Target, "target", "gguf quant=Q4_K_M", {}, {}},
      {Instruction::Label, "label", "a=b", {}, {}},
      {Instruction::Parameter, "top_k", "1", {}, {}},
      {Instruction::Message, "message", "user: hi", {}, {}},
  };
  EXPECT_EQ(got->commands, want);
}

TEST(TegulaParser, KnowsPlaces) {
  const auto got = parse("\r\n\r# c\nFROM x\r\n\tMESSAGE user \"\"\"é\n\"\"\"\nSYSTEM##\"a\"##\n");
  ASSERT_TRUE(got.has_value());
  EXPECT_EQ(got->commands[0].place, (Place{4, 1}));
  EXPECT_EQ(got->commands[0].value_place, (Place{4, 6}));
  EXPECT_EQ(got->commands[1].place, (Place{5, 2}));
  EXPECT_EQ(got->commands[1].value_place, (Place{5, 18}));
  EXPECT_EQ(got->commands[2].place, (Place{7, 1}));
  EXPECT_EQ(got->commands[2].value_place, (Place{7, 10}));
}

TEST(TegulaParser, RefusesWithAPlace) {
  struct Case {
    std::string_view text;
    std::string_view rule;
    Place place;
    std::string_view words;  // in text or hint
  };
  const Case cases[] = {
      {"", "no-from", {1, 1}, "no FROM line"},
      {"PARAMETER model x", "no-from", {1, 1}, "FROM"},
      {"FORM x", "unknown-instruction", {1, 1}, "did you mean FROM?"},
      {"FROM x\n  PARAM top_k 1", "unknown-instruction", {2, 3}, "PARAM"},
      {"FROM x\ntemperature 1", "unknown-instruction", {2, 1}, "write PARAMETER temperature"},
      {"FROM x\nSYSTEM a\nand more", "unknown-instruction", {3, 1}, R"(""")"},
      {"FROM x\n\u200BSYSTEM a", "unknown-instruction", {2, 1}, "<U+200B>SYSTEM"},
      {"FROM x\n=", "unknown-instruction", {2, 1}, "\"=\""},
      {"FROM", "missing-value", {1, 5}, "FROM has no value"},
      {"FROM\r\n", "missing-value", {1, 5}, "FROM has no value"},
      {"FROM=x", "missing-blank", {1, 5}, "got \"=x\""},
      {"FROM x\nSYSTEM\"a\"", "missing-blank", {2, 7}, "expected a blank after SYSTEM"},
      {"FROM x\nSYSTEM#a", "missing-blank", {2, 7}, "raw value"},
      {"FROM x\nSYSTEM#\"a\"", "unclosed-quotes", {2, 7}, "\"#"},
      {"FROM x\nSYSTEM#\"a\"# b", "text-after-raw", {2, 13}, "after the end"},
      {"FROM x\nSYSTEM  \"a\n\nb", "unclosed-quotes", {2, 9}, "never closed"},
      {"FROM x\nSYSTEM \"\"\"a\"\"\" b\n", "unclosed-quotes", {2, 8}, "last thing on its line"},
      {"FROM x\nPARAMETER", "bad-parameter-name", {2, 10}, "name"},
      {"FROM x\nPARAMETER  \n", "bad-parameter-name", {2, 12}, "name"},
      {"FROM x\nPARAMETER top_k", "missing-value", {2, 16}, "top_k has no value"},
      {"FROM x\nPARAMETER a-b 1", "missing-blank", {2, 12}, "got \"-b\""},
      {"FROM x\nMESSAGE", "bad-role", {2, 8}, "needs a role"},
      {"FROM x\nMESSAGE User a", "bad-role", {2, 9}, "unknown role \"User\""},
      {"FROM x\nMESSAGE user\n", "missing-value", {2, 13}, "user has no value"},
      {"FROM x\nSYSTEM \u00E9\xFF", "not-utf8", {2, 9}, "byte 0xff"},
      {"\xFF\xFE"
       "F\0\n\0\0\xD8"sv,
       "not-utf16",
       {2, 1},
       "surrogate"},
      {"\xFE\xFF\0F\0"sv, "not-utf16", {1, 2}, "half"},
  };
  for (const Case& c : cases) {
    const auto got = parse(c.text);
    ASSERT_FALSE(got.has_value()) << c.text;
    EXPECT_EQ(got.error().rule, c.rule) << c.text;
    EXPECT_EQ(got.error().place, c.place) << c.text;
    EXPECT_NE((got.error().text + got.error().hint).find(c.words), std::string::npos)
        << got.error().text << " / " << got.error().hint;
  }
}

TEST(TegulaParser, HasLimits) {
  std::string text = "FROM x\n";
  for (std::size_t i = 1; i < limits::kModelfileCommandsMax; ++i) text += "LICENSE a\n";
  EXPECT_TRUE(parse(text).has_value());
  EXPECT_EQ(parse(text + "LICENSE a\n").error().code, Code::Exhausted);

  std::string big = "FROM x\nSYSTEM \"\"\"";
  while (big.size() + 3 + 4 <= limits::kModelfileBytesMax) big += "\U0001F44B";
  big.append(limits::kModelfileBytesMax - 3 - big.size(), 'a');
  EXPECT_TRUE(parse(big + R"(""")").has_value());
  EXPECT_EQ(parse(big + R"("""")").error().code, Code::Exhausted);
}

}  // namespace
}  // namespace tegula::modelfile

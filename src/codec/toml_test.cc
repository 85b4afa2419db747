#include "codec/toml.h"

#include <gtest/gtest.h>

namespace tegula::codec {
namespace {

TEST(Toml, ReadsValuesAndTheirPlaces) {
  const Toml toml = parse_toml(R"(
name = "x"  # a comment
[engine]
threads = 2
flash.on = true
"a/b~" = 0.5
[[source]]
list = [1, [2,
  3]]
[[source]]
text = '''
raw \n'''
)")
                        .value();
  EXPECT_EQ(toml.root, parse_json(R"({"name":"x","engine":{"threads":2,"flash":{"on":true},
      "a/b~":0.5},"source":[{"list":[1,[2,3]]},{"text":"raw \\n"}]})")
                           .value());
  const auto place = [&](const std::string& pointer) {
    const TomlPlace& found = toml.places.at(pointer);
    return std::pair(found.line, found.column);
  };
  EXPECT_EQ(place("/name"), std::pair(2UL, 1UL));
  EXPECT_EQ(place("/engine/threads"), std::pair(4UL, 1UL));
  EXPECT_EQ(place("/engine/flash/on"), std::pair(5UL, 7UL));
  EXPECT_EQ(place("/engine/a~1b~0"), std::pair(6UL, 1UL));
  EXPECT_EQ(place("/source/0/list/1/1"), std::pair(9UL, 3UL));
  EXPECT_EQ(place("/source/1/text"), std::pair(11UL, 1UL));
  EXPECT_EQ(parse_toml("").value().root, Json::object());
}

TEST(Toml, SaysWhereAndWhyItRefuses) {
  struct Case {
    std::string_view text;
    std::string_view want;  // how the message starts
  };
  const Case cases[] = {
      {"a", "line 1, column "},
      {"a = 1\na = 2", "line 2, column "},
      {"a = ", "line 1, column "},
      {"[a]\n[a]", "line 2, column "},
      {"a = 01", "line 1, column "},
      {"a = 99999999999999999999", "line 1, column "},
      {"a = \"\x01\"", "line 1, column "},
      {"a = \"\\ud800\"", "line 1, column "},
      {"a = 'x' b = 1", "line 1, column "},
      {"a = \u00e9", "line 1, column "},
      {"\u00e9 = 1", "line 1, column "},
      {"a.\u0457 = 1", "line 1, column "},
      {"a = 19\u0457", "line 1, column "},
      {std::string_view("a = 1\n\0", 7), "line 2, column 1: "},
      {"a = \"\xFF\"", "TOML must be UTF-8"},
      {"a = 1\n b = 1979-05-27", "line 2, column 6: dates and times are not used here"},
      {"b = 07:32:00", "line 1, column 5: dates and times"},
      {"b = [inf]", "line 1, column 6: expected a finite number"},
      {"b = nan", "line 1, column 5: expected a finite number"},
  };
  for (const Case& c : cases) {
    const auto got = parse_toml(c.text);
    ASSERT_FALSE(got) << c.text;
    EXPECT_EQ(got.error().code, Code::InvalidArgument) << c.text;
    EXPECT_TRUE(got.error().text.starts_with(c.want)) << c.text << " -> " << got.error().text;
  }
}

std::string repeat(std::string_view text, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}

TEST(Toml, HoldsItsLimits) {
  const std::string large = "#" + std::string(limits::kTomlBytesMax - 1, ' ');
  EXPECT_TRUE(parse_toml(large));
  EXPECT_EQ(parse_toml(large + " ").error().code, Code::Exhausted);

  const std::size_t depth = limits::kTomlDepthMax;
  EXPECT_TRUE(parse_toml("[" + repeat("a.", depth - 1) + "a]"));
  EXPECT_EQ(parse_toml("[" + repeat("a.", depth) + "a]").error().code, Code::Exhausted);
  EXPECT_TRUE(parse_toml("a = " + repeat("[", depth) + repeat("]", depth)));
  EXPECT_FALSE(parse_toml("a = " + repeat("[", depth + 1) + repeat("]", depth + 1)));

  const std::string dots = "# " + repeat(".", limits::kTomlLineDotsMax);
  EXPECT_TRUE(parse_toml(dots + "\n" + dots));
  EXPECT_EQ(parse_toml(dots + ".").error().code, Code::Exhausted);
}

// The deepest tree that the dots allow must come down again without exhausting the stack.
TEST(Toml, SurvivesTheDeepestTreeItBuilds) {
  const std::string key = repeat("a.", limits::kTomlLineDotsMax) + "a";
  const std::string text =
      "[" + key + "]\n" + key + " = " + repeat("[{" + key + " = \n", 1) + "1}]";
  EXPECT_FALSE(parse_toml(text));
  std::string nested = "[" + key + "]\n";
  for (std::size_t level = 0; level < limits::kTomlDepthMax / 2; ++level)
    nested += "a" + repeat(".a", limits::kTomlLineDotsMax) + " = [ {\\\n";
  EXPECT_FALSE(parse_toml(nested));
}

}  // namespace
}  // namespace tegula::codec

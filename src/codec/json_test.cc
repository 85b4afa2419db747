#include "codec/json.h"

#include <gtest/gtest.h>

namespace tegula::codec {
namespace {

TEST(Json, ParsesWhatIsJson) {
  const Json value = parse_json(R"( {"a":[1,-2,2.5,true,null],"b":{"c":"\u00e9\n"}} )").value();
  EXPECT_EQ(value["a"][0], 1);
  EXPECT_TRUE(value["a"][1].is_number_integer());
  EXPECT_EQ(value["a"][2], 2.5);
  EXPECT_EQ(value["a"][3], true);
  EXPECT_TRUE(value["a"][4].is_null());
  EXPECT_EQ(value["b"]["c"], "\xC3\xA9\n");
  EXPECT_EQ(parse_json("18446744073709551615").value(), 18446744073709551615ULL);
  EXPECT_EQ(parse_json("[]").value(), Json::array());
  EXPECT_EQ(parse_json("{}").value(), Json::object());
}

TEST(Json, SaysWhereAndWhyItRefuses) {
  struct Case {
    std::string_view text;
    std::string_view place;
    std::string_view reason;
  };
  const Case cases[] = {
      {"", "line 1, column 1: ", "unexpected end of input"},
      {"{\"a\":1,\n \"a\":2}", "line 2, column 2: ", "the name \"a\" is there twice"},
      {R"({"x\"y":1,"x\"y":2})", "line 1, column 11: ", "is there twice"},
      {R"({"\\":1,"\u005c":2})", "line 1, column 9: ", "is there twice"},
      {R"([{"a":{"b":1,"b":2}}])", "line 1, column 14: ", "the name \"b\" is there twice"},
      {"[1,]", "line 1, column 4: ", "unexpected ']'"},
      {"[1] x", "line 1, column 5: ", "expected end of input"},
      {"// no\n1", "line 1, column 1: ", "invalid literal"},
      {"{a:1}", "line 1, column 2: ", "invalid literal"},
      {"['a']", "line 1, column 2: ", "invalid literal"},
      {"01", "line 1, column 2: ", "expected end of input"},
      {"NaN", "line 1, column 1: ", "invalid literal"},
      {"1e999", "line 1, column ", "1e999"},
      {"\"a\nb\"", "line 1, column ", "control character"},
      {"\"\xC0\x80\"", "line 1, column 2: ", "UTF-8"},
      {"\"\xED\xA0\x80\"", "line 1, column ", "UTF-8"},
      {"\"\xF4\x90\x80\x80\"", "line 1, column ", "UTF-8"},
      {"\"\\ud800\"", "line 1, column ", "surrogate"},
      {"\"\xE4\xBD", "line 1, column ", "UTF-8"},
      {"\xEF\xBB\xBF{}", "line 1, column 1: ", "byte order mark"},
      {std::string_view("[1]\0x", 5), "line 1, column 4: ", "zero byte"},
      {std::string_view("\"\0\"", 3), "line 1, column 2: ", "zero byte"},
  };
  for (const Case& c : cases) {
    const auto got = parse_json(c.text);
    ASSERT_FALSE(got) << c.text;
    EXPECT_EQ(got.error().code, Code::InvalidArgument) << c.text;
    EXPECT_TRUE(got.error().text.starts_with(c.place)) << c.text << " -> " << got.error().text;
    EXPECT_NE(got.error().text.find(c.reason), std::string::npos)
        << c.text << " -> " << got.error().text;
    EXPECT_EQ(got.error().text.find("json.exception"), std::string::npos) << got.error().text;
  }
}

std::string nested(std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

TEST(Json, QuotesNothingRawInAnError) {
  const std::string escape = "\xC2\x9B" + std::string(5000, 'x');
  for (const std::string& text : {"{\"" + escape + "\":1,\"" + escape + "\":2}",
                                  "[\"" + escape + "\" 1]", "\"\xFF" + escape}) {
    const std::string error = parse_json(text).error().text;
    EXPECT_LT(error.size(), 250U) << error;
    for (const char c : error) EXPECT_TRUE(c >= 0x20 && c < 0x7F) << error;
  }
}

TEST(Json, HoldsItsLimits) {
  EXPECT_TRUE(parse_json(nested(limits::kJsonDepthMax)));
  EXPECT_EQ(parse_json(nested(limits::kJsonDepthMax + 1)).error().code, Code::Exhausted);
  const JsonLimits small{.bytes_max = 4, .depth_max = 1};
  EXPECT_TRUE(parse_json("[10]", small));
  EXPECT_EQ(parse_json("[100]", small).error().code, Code::Exhausted);
  EXPECT_TRUE(parse_json("{}", small));
  EXPECT_EQ(parse_json("[[]]", small).error().text,
            "line 1, column 2: nested deeper than 1 levels");
}

TEST(Json, ReadsMembersAndNamesWhatIsWrong) {
  const Json object =
      parse_json(R"({"name":"x","size":7,"less":-1,"part":1.5,"list":[],"map":{},"none":null})")
          .value();
  EXPECT_EQ(string_member(object, "name").value(), "x");
  EXPECT_EQ(uint_member(object, "size").value(), 7U);
  EXPECT_EQ(uint_member(Json{{"size", 7}}, "size").value(), 7U);
  EXPECT_TRUE(array_member(object, "list").value()->empty());
  EXPECT_TRUE(object_member(object, "map").value()->empty());
  EXPECT_EQ(optional_string_member(object, "name").value(), "x");
  EXPECT_EQ(optional_string_member(object, "gone").value(), std::nullopt);
  EXPECT_EQ(optional_uint_member(object, "gone").value(), std::nullopt);

  EXPECT_EQ(string_member(object, "gone").error().text, "member \"gone\" is missing");
  EXPECT_EQ(string_member(object, "size").error().text,
            "member \"size\": expected a string, got number");
  EXPECT_EQ(uint_member(object, "less").error().text,
            "member \"less\": expected a whole number of at least 0, got -1");
  EXPECT_FALSE(uint_member(object, "part"));
  EXPECT_EQ(uint_member(object, "name").error().text,
            "member \"name\": expected a whole number, got string");
  EXPECT_FALSE(optional_string_member(object, "none"));
  EXPECT_FALSE(array_member(object, "map"));
  EXPECT_FALSE(object_member(object, "list"));
  EXPECT_EQ(string_member(Json::array(), "name").error().text,
            "expected an object with the member \"name\", got array");
}

}  // namespace
}  // namespace tegula::codec

#include <bit>
#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "codec/json.h"

namespace tegula::codec {
namespace {

std::string canonical(std::string_view text) {
  return canonical_json(parse_json(text).value()).value();
}

// RFC 8785 appendix B: the bits of a double and how it is written.
TEST(CanonicalJson, WritesNumbersAsTheRfcTableSays) {
  struct Case {
    std::uint64_t bits;
    const char* want;
  };
  const Case cases[] = {
      {0x0000000000000000, "0"},
      {0x8000000000000000, "0"},
      {0x0000000000000001, "5e-324"},
      {0x8000000000000001, "-5e-324"},
      {0x7fefffffffffffff, "1.7976931348623157e+308"},
      {0xffefffffffffffff, "-1.7976931348623157e+308"},
      {0x4340000000000000, "9007199254740992"},
      {0xc340000000000000, "-9007199254740992"},
      {0x4430000000000000, "295147905179352830000"},
      {0x44b52d02c7e14af5, "9.999999999999997e+22"},
      {0x44b52d02c7e14af6, "1e+23"},
      {0x44b52d02c7e14af7, "1.0000000000000001e+23"},
      {0x444b1ae4d6e2ef4e, "999999999999999700000"},
      {0x444b1ae4d6e2ef4f, "999999999999999900000"},
      {0x444b1ae4d6e2ef50, "1e+21"},
      {0x3eb0c6f7a0b5ed8c, "9.999999999999997e-7"},
      {0x3eb0c6f7a0b5ed8d, "0.000001"},
      {0x41b3de4355555553, "333333333.3333332"},
      {0x41b3de4355555554, "333333333.33333325"},
      {0x41b3de4355555555, "333333333.3333333"},
      {0x41b3de4355555556, "333333333.3333334"},
      {0x41b3de4355555557, "333333333.33333343"},
      {0xbecbf647612f3696, "-0.0000033333333333333333"},
      {0x43143ff3c1cb0959, "1424953923781206.2"},
  };
  for (const Case& c : cases)
    EXPECT_EQ(canonical_json(std::bit_cast<double>(c.bits)).value(), c.want) << std::hex << c.bits;
}

TEST(CanonicalJson, RefusesWhatADoubleCannotHold) {
  const double infinity = std::numeric_limits<double>::infinity();
  for (const double value : {infinity, -infinity, std::nan("")})
    EXPECT_EQ(canonical_json(value).error().code, Code::InvalidArgument);
  EXPECT_EQ(canonical("9007199254740992"), "9007199254740992");
  EXPECT_EQ(canonical("9007199254740994"), "9007199254740994");
  EXPECT_EQ(canonical("-9007199254740992"), "-9007199254740992");
  EXPECT_EQ(canonical("1152921504606847000"), "1152921504606847000");  // as a double prints
  for (const char* text :
       {"9007199254740993", "-9007199254740993", "18446744073709551615", "1152921504606846976"})
    EXPECT_EQ(canonical_json(parse_json(text).value()).error().code, Code::InvalidArgument) << text;
}

// RFC 8785 section 3.2.2: whitespace goes, numbers and escapes take their one form.
TEST(CanonicalJson, SerialisesTheRfcExample) {
  EXPECT_EQ(canonical(R"({
        "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
        "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
        "literals": [null, true, false]
      })"),
            R"({"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],)"
            "\"string\":\"\xE2\x82\xAC$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}");
}

// RFC 8785 section 3.2.3: an emoji sorts by its surrogates, before U+FB33.
TEST(CanonicalJson, SortsNamesByUtf16) {
  EXPECT_EQ(
      canonical(R"({"\u20ac":1,"\r":2,"\ufb33":3,"1":4,"\ud83d\ude00":5,"\u0080":6,"\u00f6":7})"),
      "{\"\\r\":2,\"1\":4,\"\xC2\x80\":6,\"\xC3\xB6\":7,\"\xE2\x82\xAC\":1,"
      "\"\xF0\x9F\x98\x80\":5,\"\xEF\xAC\xB3\":3}");
}

TEST(CanonicalJson, EscapesOnlyWhatItMust) {
  EXPECT_EQ(canonical(R"("\b\t\n\f\r\"\\\/\u0000\u001f\u007f\u2028")"),
            "\"\\b\\t\\n\\f\\r\\\"\\\\/\\u0000\\u001f\x7F\xE2\x80\xA8\"");
}

TEST(CanonicalJson, RefusesTextThatIsNotUtf8) {
  EXPECT_EQ(canonical_json("\xC0\x80").error().code, Code::InvalidArgument);
  EXPECT_EQ(canonical_json(Json{{"\xFF", 1}}).error().code, Code::InvalidArgument);
  EXPECT_EQ(canonical_json(Json::binary({1, 2})).error().code, Code::InvalidArgument);
}

TEST(CanonicalJson, HoldsTheDepthLimit) {
  Json value = Json::array();
  for (std::size_t depth = 1; depth < limits::kJsonDepthMax; ++depth) value = Json::array({value});
  EXPECT_TRUE(canonical_json(value));
  EXPECT_EQ(canonical_json(Json::array({value})).error().code, Code::Exhausted);
}

TEST(CanonicalJson, IsAFixedPoint) {
  for (const char* text : {"1e20", "1e21", "-0.0", "123456789012345680000", "[{}]", R"({"":""})"}) {
    const std::string once = canonical(text);
    EXPECT_EQ(canonical(once), once);
  }
}

}  // namespace
}  // namespace tegula::codec

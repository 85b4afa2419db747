#include <array>
#include <limits>
#include <utility>

#include <gtest/gtest.h>

#include "base/base64.h"
#include "base/bytes.h"
#include "base/decimal.h"
#include "base/hex.h"
#include "base/suggest.h"
#include "base/utf8.h"

namespace tegula {
namespace {

TEST(Hex, IsItsOwnInverse) {
  EXPECT_EQ(hex_encode(Bytes{0x00, 0x9f, 0xff}), "009fff");
  EXPECT_EQ(hex_decode("009fff").value(), (Bytes{0x00, 0x9f, 0xff}));
}

TEST(Hex, RefusesOddUpperAndOther) {
  for (const char* bad : {"0", "0G", "AB", "0x", " 0"}) EXPECT_FALSE(hex_decode(bad)) << bad;
}

// RFC 4648 §10.
TEST(Base64, GivesThePublishedSpellings) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"", ""},
      {"f", "Zg=="},
      {"fo", "Zm8="},
      {"foo", "Zm9v"},
      {"foob", "Zm9vYg=="},
      {"fooba", "Zm9vYmE="},
      {"foobar", "Zm9vYmFy"},
  };
  for (const auto& [plain, encoded] : cases) {
    EXPECT_EQ(base64_encode(bytes_of(plain)), encoded);
    EXPECT_EQ(text_of(base64_decode(encoded).value()), plain);
  }
}

TEST(Base64, IsItsOwnInverseForEveryByteAndLength) {
  Bytes bytes;
  for (int i = 0; i < 300; ++i) {
    EXPECT_EQ(base64_decode(base64_encode(bytes)).value(), bytes);
    bytes.push_back(static_cast<std::uint8_t>(i));
  }
}

TEST(Base64, RefusesSecondSpellings) {
  const std::string_view bad[] = {
      "Zg",     "Zg=",   "Zg===",    "Zh==",
      "Zm9=",   "=",     "====",     "Z===",
      "Zm9v\n", " Zm9v", "Zm9v====", "Zm9vZg==Zm9v",
      "-_-_",   "Zm=v",  "Zm9\xC3",  std::string_view("Zm9\0", 4),
  };
  for (const std::string_view text : bad) {
    const auto bytes = base64_decode(text);
    ASSERT_FALSE(bytes) << text;
    EXPECT_EQ(bytes.error().code, Code::InvalidArgument);
  }
}

TEST(Decimal, HasOneSpelling) {
  EXPECT_EQ(parse_decimal("0"), 0U);
  EXPECT_EQ(parse_decimal("20852163"), 20852163U);
  EXPECT_EQ(parse_decimal("18446744073709551615"), std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(parse_decimal("255", 255), 255U);
  for (const char* bad : {"", "00", "01", "-1", "+1", " 1", "1 ", "1x", "18446744073709551616"})
    EXPECT_EQ(parse_decimal(bad), std::nullopt) << bad;
  EXPECT_EQ(parse_decimal("256", 255), std::nullopt);
}

TEST(Bytes, PrintsForPeople) {
  EXPECT_EQ(human_bytes(0), "0 B");
  EXPECT_EQ(human_bytes(1023), "1023 B");
  EXPECT_EQ(human_bytes(1536), "1.50 KiB");
  EXPECT_EQ(human_bytes(10 * 1024 * 1024), "10.0 MiB");
  EXPECT_EQ(human_bytes(1023 * 1024 * 1024ULL), "1.00 GiB");
}

TEST(Utf8, DecodesAndRefusesStrictly) {
  struct Case {
    std::string_view text;
    char32_t value;
    std::size_t bytes;
    bool valid;
  };
  const Case cases[] = {
      {"a", 'a', 1, true},
      {"\xC3\xA9", 0xE9, 2, true},
      {"\xE4\xBD\xA0", 0x4F60, 3, true},
      {"\xF0\x9F\x91\x8B", 0x1F44B, 4, true},
      {"\xC0\x80", 0xFFFD, 1, false},      // overlong
      {"\xED\xA0\x80", 0xFFFD, 1, false},  // surrogate
      {"\xF4\x90\x80\x80", 0xFFFD, 1, false},
      {"\xE4\xBD", 0xFFFD, 1, false},  // cut short
      {"\x80", 0xFFFD, 1, false},
  };
  for (const Case& c : cases) {
    const CodePoint point = utf8_next(c.text);
    EXPECT_EQ(point.value, c.value);
    EXPECT_EQ(point.bytes, c.bytes);
    EXPECT_EQ(point.valid, c.valid);
    std::string again;
    utf8_append(again, point.value);
    if (c.valid) {
      EXPECT_EQ(again, c.text);
    }
    EXPECT_EQ(is_utf8(c.text), c.valid);
  }
}

TEST(Suggest, FindsTheNearWordOnly) {
  static constexpr std::array<std::string_view, 3> kWords = {"FROM", "PARAMETER", "SYSTEM"};
  EXPECT_EQ(nearest("FORM", kWords), "FROM");
  EXPECT_EQ(nearest("paramter", kWords), "PARAMETER");
  EXPECT_EQ(nearest("SYSTEMS", kWords), "SYSTEM");
  EXPECT_EQ(nearest("COPY", kWords), "");
  EXPECT_EQ(edit_distance("", "abc"), 3U);
}

}  // namespace
}  // namespace tegula

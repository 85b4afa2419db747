#include "base/printable.h"

#include <gtest/gtest.h>

namespace tegula {
namespace {

TEST(Printable, KeepsLettersAndNamesTheRest) {
  EXPECT_EQ(printable("a é 你 😀"), "a é 你 😀");
  EXPECT_EQ(printable("a\x1b[31m\n\x7f"), "a<U+001B>[31m<U+000A><U+007F>");
  EXPECT_EQ(printable("\u009b1m"), "<U+009B>1m");  // one character that begins a sequence
  EXPECT_EQ(printable("a\u202Egpj.exe"), "a<U+202E>gpj.exe");
  EXPECT_EQ(printable("\u200B\u2066\uFEFF\u2029"), "<U+200B><U+2066><U+FEFF><U+2029>");
  EXPECT_EQ(printable("\U000E0041"), "<U+E0041>");
  EXPECT_EQ(printable("\xff\xc0"), "\uFFFD\uFFFD");
}

TEST(Printable, CutsBetweenCharacters) {
  EXPECT_EQ(printable("abc", 3), "abc");
  EXPECT_EQ(printable("éééé", 3), "ééé…");
}

TEST(Printable, LinesKeepTheirEndsAndTabs) {
  EXPECT_EQ(printable_lines("a\n\tb\r\n\x1b[2J"), "a\n\tb<U+000D>\n<U+001B>[2J");
  EXPECT_EQ(printable_lines("\u202Ea\u2066b\u2028"), "<U+202E>a<U+2066>b<U+2028>");
}

TEST(Printable, LinesKeepWhatScriptsAndEmojiNeed) {
  const std::string family = "\U0001F468\u200D\U0001F469\u200D\U0001F467 \u0646\u0645\u06CC\u200C";
  EXPECT_EQ(printable_lines(family), family);
}

TEST(Unprintable, BeginsAndEndsWithItsRanges) {
  for (const char32_t c : {0x0, 0x1F, 0x7F, 0x9F, 0xAD, 0x200B, 0x200F, 0x2028, 0x202E, 0xE007F})
    EXPECT_TRUE(is_unprintable(c)) << static_cast<std::uint32_t>(c);
  for (const char32_t c : {0x20, 0x7E, 0xA0, 0xAC, 0xAE, 0x200A, 0x2010, 0x2027, 0x202F, 0xE0080})
    EXPECT_FALSE(is_unprintable(c)) << static_cast<std::uint32_t>(c);
}

}  // namespace
}  // namespace tegula

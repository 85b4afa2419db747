#include "cli/terminal_text.h"

#include <gtest/gtest.h>

namespace tegula::cli {
namespace {

TEST(Wrapped, BreaksAtBlanks) {
  EXPECT_EQ(wrapped("", 10), "");
  EXPECT_EQ(wrapped("one two", 7), "one two");
  EXPECT_EQ(wrapped("one two", 6), "one\ntwo");
  EXPECT_EQ(wrapped("a longword b", 4), "a\nlongword\nb");
  EXPECT_EQ(wrapped("one two three four", 9), "one two\nthree\nfour");
}

}  // namespace
}  // namespace tegula::cli

#include "content/printable.h"

#include <gtest/gtest.h>

namespace tegula::content {
namespace {

TEST(Printable, KeepsTextAndReplacesTheRest) {
  EXPECT_EQ(printable("a é 你"), "a é 你");
  EXPECT_EQ(printable("a\x1b[31m\n\r\t\x7f"), "a?[31m????");
  EXPECT_EQ(printable("\xff\xc0\xc2\x9b"), "???");
}

TEST(Printable, CutsWhatIsTooLong) {
  EXPECT_EQ(printable("abc", 3), "abc");
  EXPECT_EQ(printable("éééé", 3), "ééé…");
}

}  // namespace
}  // namespace tegula::content

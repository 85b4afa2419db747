#include "net/rate_limit.h"

#include <gtest/gtest.h>

namespace tegula::net {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(RateLimit, AsksToWaitAsLongAsTheBytesCost) {
  ManualClock clock;
  RateLimit limit(clock, 1000);
  EXPECT_EQ(limit.take(500), milliseconds(500));
  EXPECT_EQ(limit.take(500), seconds(1)) << "two transfers share it";
  clock.advance(milliseconds(400));
  EXPECT_EQ(limit.take(0), milliseconds(600));
}

TEST(RateLimit, SavesNothingUp) {
  ManualClock clock;
  RateLimit limit(clock, 1000);
  clock.advance(seconds(60));
  EXPECT_EQ(limit.take(1000), seconds(1));
}

TEST(RateLimit, TakesBytesOfAnySize) {
  ManualClock clock;
  RateLimit limit(clock, 0);
  EXPECT_EQ(limit.take(2), seconds(2)) << "nothing is slower than a byte a second";
}

}  // namespace
}  // namespace tegula::net

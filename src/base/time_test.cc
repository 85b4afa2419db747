#include <gtest/gtest.h>

#include "base/clock.h"
#include "base/random.h"
#include "base/stop.h"
#include "base/wait.h"

namespace tegula {
namespace {

TEST(Clock, PrintsRfc3339) {
  using namespace std::chrono;
  EXPECT_EQ(rfc3339(WallTime{}), "1970-01-01T00:00:00Z");
  EXPECT_EQ(rfc3339(WallTime{seconds(1'795'416'326)}), "2026-11-23T06:45:26Z");
  EXPECT_EQ(rfc3339(WallTime{seconds(951'827'696)} + nanoseconds(999'999'999)),
            "2000-02-29T12:34:56Z");
}

TEST(Stop, ChecksFlagAndDeadline) {
  EXPECT_TRUE(Stop().check());
  StopSource source;
  const Stop stop = source.stop();
  EXPECT_TRUE(stop.check());
  source.cancel();
  EXPECT_EQ(stop.check().error().code, Code::Cancelled);
  source.reset();

  ManualClock clock;
  const Stop timed = stop.with_deadline(clock, clock.monotonic() + std::chrono::seconds(2))
                         .with_deadline(clock, clock.monotonic() + std::chrono::seconds(5));
  EXPECT_TRUE(timed.check());
  clock.advance(std::chrono::seconds(2));
  EXPECT_EQ(timed.check().error().code, Code::Unavailable);
}

TEST(Wait, EndsWithItsTimeOrItsStop) {
  EXPECT_TRUE(wait_for(std::chrono::nanoseconds(1), {}));
  StopSource source;
  source.cancel();
  EXPECT_EQ(wait_for(std::chrono::hours(1), source.stop()).error().code, Code::Cancelled);
}

TEST(Random, SeedRepeatsAndNamesDiffer) {
  SeededRandom a(7), b(7);
  EXPECT_EQ(random_name(a), random_name(b));
  EXPECT_NE(random_name(a), random_name(a));
  EXPECT_EQ(random_name(a).size(), 32U);
  SystemRandom system;
  EXPECT_NE(system.next(), system.next());
}

}  // namespace
}  // namespace tegula

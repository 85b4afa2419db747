#include "os/environment.h"

#include <signal.h>

#include <gtest/gtest.h>

#include "os/interrupt.h"

namespace tegula::os {
namespace {

TEST(Environment, KnowsSetEmptyAndAbsent) {
  const Environment environment({{"A", "1"}, {"B", ""}});
  EXPECT_EQ(environment.get("A"), "1");
  EXPECT_EQ(environment.get("B"), "");
  EXPECT_EQ(environment.get("C"), std::nullopt);
  EXPECT_TRUE(Environment::of_process().get("PATH"));
}

TEST(Interrupt, CancelsWhileGuarded) {
  StopSource source;
  {
    const InterruptGuard guard(source);
    raise(SIGINT);
    EXPECT_TRUE(source.stop().cancelled());
  }
  source.reset();
  EXPECT_DEATH(
      {
        const InterruptGuard guard(source);
        source.cancel();
        raise(SIGINT);
      },
      "");
}

}  // namespace
}  // namespace tegula::os

#include "os/leave.h"

#include <gtest/gtest.h>

namespace tegula::os {
namespace {

TEST(Leave, HasTheStatus) {
  EXPECT_EXIT(leave(0), testing::ExitedWithCode(0), "");
  EXPECT_EXIT(leave(70), testing::ExitedWithCode(70), "");
}

}  // namespace
}  // namespace tegula::os

#include "build/version.h"

#include <gtest/gtest.h>

namespace tegula::build {
namespace {

TEST(Version, OrdersAsSemverSays) {
  const char* rising[] = {"0.9",
                          "0.14.0-alpha",
                          "0.14.0-alpha.1",
                          "0.14.0-alpha.beta",
                          "0.14.0-beta",
                          "0.14.0-beta.2",
                          "0.14.0-beta.11",
                          "0.14.0-rc.1",
                          "0.14.0",
                          "0.14.1",
                          "1",
                          "1.10.0"};
  for (std::size_t i = 0; i < std::size(rising); ++i) {
    for (std::size_t j = 0; j < std::size(rising); ++j)
      EXPECT_EQ(compare_versions(rising[i], rising[j]), i <=> j) << rising[i] << " " << rising[j];
  }
  EXPECT_EQ(compare_versions("1.2.3+a", "1.2.3+b"), std::strong_ordering::equal);
}

TEST(Version, RefusesWhatIsNewer) {
  EXPECT_TRUE(check_required("0.14.0"));
  EXPECT_TRUE(check_required("0.33.0"));
  EXPECT_EQ(check_required("0.33.1").error().code, Code::Unsupported);
}

}  // namespace
}  // namespace tegula::build

#include "build/parameter.h"

#include <gtest/gtest.h>

namespace tegula::build {
namespace {

using Parameters = std::map<std::string, content::Parameter>;
using List = std::vector<std::string>;

TEST(Parameter, HasTheTypeOfItsName) {
  EXPECT_EQ(parse_parameter("num_ctx", "4096").value(), content::Parameter(std::int64_t{4096}));
  EXPECT_EQ(parse_parameter("temperature", "0.5").value(), content::Parameter(0.5));
  EXPECT_EQ(parse_parameter("use_mmap", "false").value(), content::Parameter(false));
  EXPECT_EQ(parse_parameter("stop", "END").value(), content::Parameter(List{"END"}));
  EXPECT_EQ(parse_parameter("num_ctx", "many").error().code, Code::InvalidArgument);
  EXPECT_NE(parse_parameter("temperatur", "1").error().hint.find("temperature"), std::string::npos);
}

TEST(Parameter, ReplacesTheOneBeforeButForStop) {
  Parameters parameters;
  ASSERT_TRUE(set_parameter("temperature", "0.5", parameters));
  ASSERT_TRUE(set_parameter("temperature", "0.7", parameters));
  ASSERT_TRUE(set_parameter("stop", "a", parameters));
  ASSERT_TRUE(set_parameter("stop", "b", parameters));
  EXPECT_EQ(parameters["temperature"], content::Parameter(0.7));
  EXPECT_EQ(parameters["stop"], content::Parameter(List{"a", "b"}));
  const Parameters before = parameters;
  EXPECT_FALSE(set_parameter("num_ctx", "many", parameters));
  EXPECT_EQ(parameters, before);
}

}  // namespace
}  // namespace tegula::build

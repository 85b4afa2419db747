#include "source/auth_challenge.h"

#include <gtest/gtest.h>

namespace tegula::source {
namespace {

std::vector<AuthChallenge> parse(std::string_view text) {
  return parse_auth_challenges(text).value();
}

TEST(AuthChallenge, ReadsWhatRegistriesAsk) {
  const auto bearer = parse(R"(Bearer realm="https://auth.example.org/token",service="reg",)"
                            R"(scope="repository:a/b:pull,push")");
  ASSERT_EQ(bearer.size(), 1U);
  EXPECT_EQ(bearer[0].scheme, "bearer");
  EXPECT_EQ(bearer[0].get("realm"), "https://auth.example.org/token");
  EXPECT_EQ(bearer[0].get("scope"), "repository:a/b:pull,push");
  EXPECT_EQ(bearer[0].get("error"), "");
  EXPECT_EQ(parse(R"(BASIC Realm = "a \"b\" c")")[0].get("realm"), "a \"b\" c");
}

TEST(AuthChallenge, ReadsSeveral) {
  const auto both =
      parse(R"(Negotiate, Basic realm="x", charset=UTF-8, Bearer realm="y",service=z)");
  ASSERT_EQ(both.size(), 3U);
  EXPECT_EQ(both[0].scheme, "negotiate");
  EXPECT_EQ(both[1].get("charset"), "UTF-8");
  EXPECT_EQ(both[2].get("service"), "z");
  const auto token68 = parse("Negotiate YWJj==, Basic realm=x");
  ASSERT_EQ(token68.size(), 2U);
  EXPECT_EQ(token68[1].get("realm"), "x");
  EXPECT_TRUE(parse("").empty());
  EXPECT_TRUE(parse(" , ").empty());
}

TEST(AuthChallenge, RefusesNonsense) {
  for (const std::string_view text : {"=", "\"x\"", "Basic realm=\"x", "Basic realm=\"x\\",
                                      "Basic realm=x, realm=y", "Basic \"x\""})
    EXPECT_EQ(parse_auth_challenges(text).error().code, Code::Corrupt) << text;
}

}  // namespace
}  // namespace tegula::source

#include "config/trust_policy.h"

#include <gtest/gtest.h>

#include "base/limits.h"
#include "os/temporary_folder.h"

namespace tegula::config {
namespace {

constexpr const char* kSample = R"(
[[rules]]
names = ["registry.example/team/*", "starter"]
signers = [
  { identity = "https://git.example/team/*", issuer = "https://issuer.example" },
  { key = "AAAA" },
]
logs = ["log.example+1+A"]
witnesses = ["w1+1+A", "w2+1+A", "w3+1+A"]
witnesses_min = 2
rebuilders = [{ key = "BBBB" }]

[[rules]]
names = "*"
mode = "warn"
)";

TEST(TrustPolicy, ReadsItsRules) {
  const TrustPolicy policy = TrustPolicy::parse(kSample).value();
  ASSERT_EQ(policy.rules.size(), 2U);
  const PolicyRule& rule = policy.rules[0];
  EXPECT_EQ(rule.names, (std::vector<std::string>{"registry.example/team/*", "starter"}));
  EXPECT_EQ(rule.mode, TrustMode::Enforce);
  EXPECT_EQ(rule.signers, (std::vector<PolicySigner>{{.identity = "https://git.example/team/*",
                                                      .issuer = "https://issuer.example"},
                                                     {.key = "AAAA"}}));
  EXPECT_EQ(rule.logs, (std::vector<std::string>{"log.example+1+A"}));
  EXPECT_EQ(rule.witnesses.size(), 3U);
  EXPECT_EQ(rule.witnesses_min, 2U);
  EXPECT_EQ(rule.rebuilders, (std::vector<PolicySigner>{{.key = "BBBB"}}));
  EXPECT_EQ(rule.rebuilders_min, 1U);  // all that are listed
  EXPECT_EQ(policy.rules[1].mode, TrustMode::Warn);
  EXPECT_EQ(TrustPolicy::parse("").value(), TrustPolicy());
}

TEST(TrustPolicy, GivesTheFirstRuleThatFits) {
  const TrustPolicy policy = TrustPolicy::parse(kSample).value();
  EXPECT_EQ(policy.rule_for({"registry.example/team/m"}), &policy.rules[0]);
  EXPECT_EQ(policy.rule_for({"starter:latest", "starter"}), &policy.rules[0]);
  EXPECT_EQ(policy.rule_for({"registry.example/other"}), &policy.rules[1]);
  EXPECT_EQ(TrustPolicy().rule_for({"m"}), nullptr);
}

TEST(TrustPolicy, MatchesByStars) {
  struct Case {
    const char *pattern, *text;
    bool fits;
  };
  for (const Case& c :
       {Case{"", "", true}, Case{"", "a", false}, Case{"*", "", true}, Case{"*", "a/b:c", true},
        Case{"a", "a", true}, Case{"a", "A", false}, Case{"a*", "a", true}, Case{"a*", "ab", true},
        Case{"a*", "ba", false}, Case{"*a", "ba", true}, Case{"*a", "ab", false},
        Case{"a*b*c", "abc", true}, Case{"a*b*c", "axbxbxc", true}, Case{"a*b*c", "axcxb", false},
        Case{"**", "a", true}, Case{"a**b", "ab", true}, Case{"*.b", "a.b", true},
        Case{"a?c", "abc", false}, Case{"*ab", "aab", true}})
    EXPECT_EQ(matches(c.pattern, c.text), c.fits) << c.pattern << " " << c.text;
  // Many stars cost no more than the text times the pattern.
  const std::string stars(500, '*'), text(100'000, 'a');
  EXPECT_FALSE(matches(stars + "b", text));
}

// What is wrong with a key is found where keys are known.
TEST(TrustPolicy, KnowsWhereKeysStand) {
  const char* toml =
      "[[rules]]\nnames = \"*\"\nlogs = \"l\"\nwitnesses = \"w\"\nsigners = [{key = \"a\"}]\n";
  const PolicyRule rule = TrustPolicy::parse(toml, "p.toml").value().rules.at(0);
  EXPECT_EQ(rule.logs_place.text, "p.toml: line 3, column 1");
  EXPECT_EQ(rule.witnesses_place.text, "p.toml: line 4, column 1");
  EXPECT_EQ(rule.signers.at(0).key_place.text, "p.toml: line 5, column 13");
  EXPECT_EQ(TrustPolicy::parse(toml).value().rules.at(0).logs_place.text, "line 3, column 1");
  EXPECT_EQ(PolicyRule(), PolicyRule({.names = {}, .logs_place = rule.logs_place}));
}

TEST(TrustPolicy, RefusesWithThePlace) {
  struct Case {
    const char* toml;
    const char* says;
  };
  const Case cases[] = {
      {"[[rule]]\n", "did you mean \"rules\"?"},
      {"rules = 1\n", "a list of tables"},
      {"rules = [1]\n", "a list of tables"},
      {"[[rules]]\nmode = \"warn\"\n", "without \"names\""},
      {"[[rules]]\nnames = []\n", "without \"names\""},
      {"[[rules]]\nnames = [1]\n", "line 2"},
      {"[[rules]]\nnames = 1\n", "line 2"},
      {"[[rules]]\nnames = \"\"\n", "line 2"},
      {"[[rules]]\nnames = \"*\"\nmode = \"never\"\n", "line 3"},
      {"[[rules]]\nnames = \"*\"\nsigner = []\n", "did you mean \"signers\"?"},
      {"[[rules]]\nnames = \"*\"\nsigners = {}\n", "line 3"},
      {"[[rules]]\nnames = \"*\"\nsigners = [1]\n", "line 3"},
      {"[[rules]]\nnames = \"*\"\nsigners = [{}]\n", "an identity with its issuer, or a key"},
      {"[[rules]]\nnames = \"*\"\nsigners = [{identity = \"a\"}]\n", "with its issuer"},
      {"[[rules]]\nnames = \"*\"\nsigners = [{issuer = \"a\"}]\n", "with its issuer"},
      {"[[rules]]\nnames = \"*\"\nsigners = [{key = \"a\", issuer = \"b\"}]\n", "with its issuer"},
      {"[[rules]]\nnames = \"*\"\nsigners = [{keys = \"a\"}]\n", "did you mean \"key\"?"},
      {"[[rules]]\nnames = \"*\"\nwitnesses_min = 1\n", "1 are wanted, but 0 are listed"},
      {"[[rules]]\nnames = \"*\"\nrebuilders_min = -1\n", "a number was expected"},
      {"[[rules]]\nnames = \"*\"\nwitnesses = [\"a\"]\nwitnesses_min = 1.0\n", "a number"},
      {"rules = [", "line 1"},
  };
  for (const Case& c : cases) {
    const auto policy = TrustPolicy::parse(c.toml);
    ASSERT_FALSE(policy) << c.toml;
    EXPECT_EQ(policy.error().code, Code::InvalidArgument) << c.toml;
    EXPECT_NE((policy.error().text + policy.error().hint).find(c.says), std::string::npos)
        << c.toml << policy.error().text << " " << policy.error().hint;
  }
}

TEST(TrustPolicy, HoldsItsLimits) {
  const auto code = [](const std::string& toml) {
    const auto policy = TrustPolicy::parse(toml);
    return policy ? Code::Internal : policy.error().code;
  };
  std::string rules;
  for (std::size_t i = 0; i < limits::kTrustPolicyRulesMax; ++i)
    rules += "[[rules]]\nnames = \"*\"\n";
  EXPECT_EQ(code(rules), Code::Internal);
  EXPECT_EQ(code(rules + "[[rules]]\nnames = \"*\"\n"), Code::Exhausted);
  const auto list = [](std::string_view member, std::string_view item, std::size_t count) {
    std::string out = "[[rules]]\nnames = \"*\"\n" + std::string(member) + " = [";
    for (std::size_t i = 0; i < count; ++i) out += std::string(item) + ",";
    return out + "]\n";
  };
  for (const char* member : {"logs", "witnesses"}) {
    EXPECT_EQ(code(list(member, "\"a\"", limits::kTrustPolicySignersMax)), Code::Internal);
    EXPECT_EQ(code(list(member, "\"a\"", limits::kTrustPolicySignersMax + 1)), Code::Exhausted);
  }
  for (const char* member : {"signers", "rebuilders"}) {
    EXPECT_EQ(code(list(member, "{key=\"a\"}", limits::kTrustPolicySignersMax)), Code::Internal);
    EXPECT_EQ(code(list(member, "{key=\"a\"}", limits::kTrustPolicySignersMax + 1)),
              Code::Exhausted);
  }
  const std::string most(limits::kTrustPatternBytesMax, 'a');
  EXPECT_EQ(code("[[rules]]\nnames = \"" + most + "\"\n"), Code::Internal);
  EXPECT_EQ(code("[[rules]]\nnames = \"" + most + "a\"\n"), Code::Exhausted);
}

TEST(TrustPolicy, IsEmptyWhereThereIsNoFile) {
  const os::TemporaryFolder folder;
  os::PosixFileSystem files;
  const os::Path path = folder.path() / "policy.toml";
  EXPECT_EQ(TrustPolicy::load(files, path).value(), TrustPolicy());
  ASSERT_TRUE(os::write_durably(files, path, bytes_of(kSample)));
  EXPECT_EQ(TrustPolicy::load(files, path).value(), TrustPolicy::parse(kSample).value());
  ASSERT_TRUE(os::write_durably(files, path, bytes_of("[")));
  EXPECT_NE(TrustPolicy::load(files, path).error().text.find("policy.toml"), std::string::npos);
}

TEST(TrustPolicy, IsWrittenAsItIsRead) {
  const PolicyRule full{.names = {"a/*", "b\"\\\n"},
                        .mode = TrustMode::Warn,
                        .signers = {{.identity = "me@example.com", .issuer = "https://i.example"},
                                    {.key = "bm8ga2V5"}},
                        .logs = {"log+1+2"},
                        .witnesses = {"w+1+2", "v+1+2"},
                        .witnesses_min = 1,
                        .rebuilders = {{.key = "bm8ga2V5"}},
                        .rebuilders_min = 0};
  const PolicyRule plain{.names = {"m"}};
  const std::string text = encode(full) + encode(plain);
  EXPECT_EQ(TrustPolicy::parse(text).value().rules, (std::vector<PolicyRule>{full, plain})) << text;
}

}  // namespace
}  // namespace tegula::config

#include "content/reference.h"

#include <gtest/gtest.h>

#include "base/limits.h"

namespace tegula::content {
namespace {

const std::string kDigest = "sha256:" + std::string(64, 'a');

TEST(Reference, ParsesEveryPart) {
  struct Case {
    std::string text, host, path, tag;
    bool has_digest = false;
  };
  const Case cases[] = {
      {"starter", "", "starter", "latest"},
      {"starter:v2", "", "starter", "v2"},
      {"team/starter:v2", "", "team/starter", "v2"},
      {"qwen2.5", "", "qwen2.5", "latest"},
      {"qwen2.5:7b-Q4_K_M", "", "qwen2.5", "7b-Q4_K_M"},
      {"a/b/c/d", "", "a/b/c/d", "latest"},
      {"example.org/llama/8b", "example.org", "llama/8b", "latest"},
      {"example.org/llama/8b:q4", "example.org", "llama/8b", "q4"},
      {"localhost/x", "localhost", "x", "latest"},
      {"localhost:5000/x:y", "localhost:5000", "x", "y"},
      {"registry:5000/x", "registry:5000", "x", "latest"},
      {"127.0.0.1:65535/x", "127.0.0.1:65535", "x", "latest"},
      {"[::1]:5000/x", "[::1]:5000", "x", "latest"},
      {"[2001:db8::1]/x", "[2001:db8::1]", "x", "latest"},
      {"x@" + kDigest, "", "x", "latest", true},
      {"example.org/x:t@" + kDigest, "example.org", "x", "t", true},
      {"a__b/c--d/e_f/g.h", "", "a__b/c--d/e_f/g.h", "latest"},
      {"x:_", "", "x", "_"},
      {"localhost", "", "localhost", "latest"},
  };
  for (const Case& c : cases) {
    const auto reference = Reference::parse(c.text);
    ASSERT_TRUE(reference) << c.text << ": " << reference.error().text;
    EXPECT_EQ(reference->host(), c.host) << c.text;
    EXPECT_EQ(reference->path(), c.path) << c.text;
    EXPECT_EQ(reference->tag(), c.tag) << c.text;
    EXPECT_EQ(reference->digest().has_value(), c.has_digest) << c.text;
    EXPECT_EQ(reference->str(), c.text);
    EXPECT_EQ(Reference::parse(reference->str()).value(), *reference);
  }
}

TEST(Reference, RefusesWhatTheGrammarDoes) {
  for (const char* bad : {"",
                          ":",
                          ":tag",
                          "@",
                          "/",
                          "a/",
                          "/a",
                          "a//b",
                          "a/../b",
                          "..",
                          "../a",
                          "./a",
                          ".",
                          "a/.",
                          ".a",
                          "a.",
                          "a..b",
                          "a___b",
                          "_a",
                          "a_",
                          "-a",
                          "a-",
                          "A",
                          "a B",
                          "a\n",
                          "a\\b",
                          "a:",
                          "a:b:c",
                          "a:-b",
                          "a:.b",
                          "a:b/c",
                          "a:b@",
                          "a@sha256:1",
                          "a@sha512:1",
                          "é",
                          "a b",
                          "a*",
                          "%2e%2e",
                          "a/b/",
                          "example.org/",
                          "example.org:0/x",
                          "example.org:65536/x",
                          "example.org:/x",
                          "-a.org/x",
                          "a-.org/x",
                          "a..org/x",
                          "[]/x",
                          "[::g]/x",
                          "[::1]a/x",
                          "Example.org/x",
                          "user@host.org/x",
                          "http://a.org/x",
                          "~/x"}) {
    const auto reference = Reference::parse(bad);
    ASSERT_FALSE(reference) << bad;
    EXPECT_EQ(reference.error().code, Code::InvalidArgument) << bad;
  }
  EXPECT_FALSE(Reference::parse(std::string_view("a\0b", 3)));
  EXPECT_FALSE(Reference::parse("a@" + kDigest + "a"));
}

TEST(Reference, SaysWhatWasProbablyMeant) {
  struct Case {
    std::string_view text, hint;
  };
  const Case cases[] = {
      {"Starter", "did you mean \"starter\"?"},
      {"Starter:V2", "did you mean \"starter:V2\"?"},
      {"my model", "did you mean \"my-model\"?"},
      {"/starter", "did you mean \"starter\"?"},
      {"./starter", "did you mean \"starter\"?"},
      {"starter/", "did you mean \"starter\"?"},
      {"Example.org/x", "did you mean \"example.org\"?"},
      {"example.org/X", "did you mean \"example.org/x\"?"},
  };
  for (const Case& c : cases) {
    const auto reference = Reference::parse(c.text);
    ASSERT_FALSE(reference) << c.text;
    EXPECT_EQ(reference.error().hint, c.hint) << c.text;
  }
  EXPECT_EQ(Reference::parse("Starter").error().text,
            "model name \"Starter\": expected lower case");
}

TEST(Reference, HoldsItsLimits) {
  const std::string longest(limits::kReferenceCharsMax, 'a');
  EXPECT_TRUE(Reference::parse(longest));
  EXPECT_EQ(Reference::parse(longest + "a").error().code, Code::Exhausted);
  const std::string host = "a.org/";
  EXPECT_TRUE(Reference::parse(host + longest.substr(host.size())));
  EXPECT_FALSE(Reference::parse(host + longest.substr(host.size() - 1)));

  const std::string tag(limits::kTagCharsMax, 't');
  EXPECT_TRUE(Reference::parse(longest + ":" + tag + "@" + kDigest));
  EXPECT_EQ(Reference::parse("a:" + tag + "t").error().code, Code::Exhausted);
  EXPECT_LT(Reference::parse(std::string(1'000'000, 'a')).error().text.size(), 200U);
}

TEST(Reference, TakesAnotherTagOrDigest) {
  const Reference reference = Reference::parse("example.org/x:a").value();
  EXPECT_EQ(reference.with_tag("b").str(), "example.org/x:b");
  const Digest digest = Digest::parse(kDigest).value();
  EXPECT_EQ(reference.with_digest(digest).str(), "example.org/x:a@" + kDigest);
  EXPECT_EQ(reference.with_digest(digest).with_tag("c").str(), "example.org/x:c");
  EXPECT_FALSE(Reference::parse("x").value().has_tag());
}

}  // namespace
}  // namespace tegula::content

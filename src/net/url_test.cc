#include "net/url.h"

#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/limits.h"

namespace tegula::net {
namespace {

Url url(std::string_view text) { return Url::parse(text).value(); }

TEST(Url, HasParts) {
  const Url it = url("https://Registry.Example.org:5000/v2/a%20b/?n=1&last=x/y?");
  EXPECT_EQ(it.scheme(), "https");
  EXPECT_EQ(it.host(), "registry.example.org");
  EXPECT_EQ(it.port(), 5000);
  EXPECT_EQ(it.path(), "/v2/a%20b/");
  EXPECT_EQ(it.query(), "n=1&last=x/y?");
  EXPECT_EQ(it.origin(), "https://registry.example.org:5000");
}

TEST(Url, HasOneSpelling) {
  struct Case {
    std::string_view text, want;
  };
  for (const Case& c : std::vector<Case>{{"HTTP://A", "http://a/"},
                                         {"https://a:443/x", "https://a/x"},
                                         {"http://a:443/x", "http://a:443/x"},
                                         {"http://a:80?q", "http://a/?q"},
                                         {"http://a/?", "http://a/?"},
                                         {"http://[::1]:80/", "http://[::1]/"},
                                         {"http://127.0.0.1:5000/", "http://127.0.0.1:5000/"}}) {
    EXPECT_EQ(url(c.text).str(), c.want);
    EXPECT_EQ(url(c.want), url(c.text));
  }
}

TEST(Url, RefusesWhatItIsNot) {
  for (const std::string_view text : {"",
                                      "a",
                                      "a/b",
                                      "//a/b",
                                      "ftp://a/",
                                      "file:///etc/passwd",
                                      "https://",
                                      "https:///x",
                                      "https://:80/",
                                      "https://a:/",
                                      "https://a:0/",
                                      "https://a:080/",
                                      "https://a:65536/",
                                      "https://a:8x/",
                                      "https://user@a/",
                                      "https://user:secret@a/",
                                      "https://a/#b",
                                      "https://a b/",
                                      "https://a/b c",
                                      "https://a/%",
                                      "https://a/%2",
                                      "https://a/%zz",
                                      "https://a/\n",
                                      "https://a/\x7f",
                                      "https://a/ü",
                                      "https://ü/",
                                      "https://a..b/",
                                      "https://.a/",
                                      "https://[::1/",
                                      "https://[::1]x/",
                                      "https://[]/",
                                      "https://[g::]/",
                                      "https://a\\b/",
                                      "https://a/<",
                                      "https://a/?\""})
    EXPECT_EQ(Url::parse(text).error().code, Code::InvalidArgument) << text;
}

TEST(Url, KeepsSecretsOutOfMessages) {
  const Error error = Url::parse("https://ann:secret@a/").error();
  EXPECT_THAT(error.text, ::testing::Not(::testing::HasSubstr("secret")));
}

TEST(Url, HasALimit) {
  const std::string start = "https://a/";
  const std::string most = start + std::string(limits::kUrlBytesMax - start.size(), 'x');
  EXPECT_TRUE(Url::parse(most));
  EXPECT_EQ(Url::parse(most + "x").error().code, Code::Exhausted);
}

TEST(Url, KnowsLoopback) {
  for (const std::string_view text :
       {"http://localhost/", "http://LOCALHOST:1/", "http://127.0.0.1/", "http://127.9.9.9:5000/",
        "http://[::1]:5000/"})
    EXPECT_TRUE(url(text).is_loopback()) << text;
  for (const std::string_view text :
       {"http://example.org/", "http://127.0.0.1.example.org/", "http://localhost.example.org/",
        "http://10.0.0.1/", "http://127.1/", "http://[::2]/", "http://127.example/"})
    EXPECT_FALSE(url(text).is_loopback()) << text;
}

// RFC 3986 §5.4.1, as far as it goes for http.
TEST(Url, ResolvesReferences) {
  struct Case {
    std::string_view reference, want;
  };
  const Url base = url("http://a/b/c/d;p?q");
  for (const Case& c : std::vector<Case>{{"g", "http://a/b/c/g"},
                                         {"./g", "http://a/b/c/g"},
                                         {"g/", "http://a/b/c/g/"},
                                         {"/g", "http://a/g"},
                                         {"//g", "http://g/"},
                                         {"?y", "http://a/b/c/d;p?y"},
                                         {"g?y", "http://a/b/c/g?y"},
                                         {"g#s", "http://a/b/c/g"},
                                         {";x", "http://a/b/c/;x"},
                                         {"", "http://a/b/c/d;p?q"},
                                         {".", "http://a/b/c/"},
                                         {"..", "http://a/b/"},
                                         {"../g", "http://a/b/g"},
                                         {"../../g", "http://a/g"},
                                         {"../../../g", "http://a/g"},
                                         {"g;x=1/../y", "http://a/b/c/y"},
                                         {"https://h:1/x?y:z", "https://h:1/x?y:z"},
                                         {"g?y/../z", "http://a/b/c/g?y/../z"}})
    EXPECT_EQ(base.resolve(c.reference).value().str(), c.want) << c.reference;
  for (const std::string_view text : {"ftp://a/", "http:g", "javascript:alert(1)", "//u@h/", "a b"})
    EXPECT_FALSE(base.resolve(text)) << text;
}

TEST(Url, AddsToTheQuery) {
  EXPECT_EQ(url("http://a/").with_query("digest", "sha256:00").str(),
            "http://a/?digest=sha256%3A00");
  EXPECT_EQ(url("http://a/?x=1").with_query("y", "a b&c").str(), "http://a/?x=1&y=a%20b%26c");
}

}  // namespace
}  // namespace tegula::net

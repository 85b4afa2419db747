#include "attest/service_url.h"

#include <gtest/gtest.h>

#include "base/limits.h"

namespace tegula::attest {
namespace {

TEST(ServiceUrl, TellsHostAndPort) {
  struct Case {
    const char *url, *authority, *host;
  };
  for (const Case& c :
       {Case{"https://log.example", "log.example", "log.example"},
        Case{"http://log.example:8080/a/b", "log.example:8080", "log.example"},
        Case{"https://log.example?x", "log.example", "log.example"},
        Case{"https://[::1]:80/", "[::1]:80", "[::1]"}, Case{"https://[::1]", "[::1]", "[::1]"}}) {
    EXPECT_TRUE(check_service_url(c.url)) << c.url;
    EXPECT_EQ(url_authority(c.url), c.authority);
    EXPECT_EQ(url_host(c.url), c.host);
  }
}

TEST(ServiceUrl, RefusesOthers) {
  for (const char* url :
       {"", "log.example", "ftp://log.example", "https://", "https:///path", "https://:80",
        "https://a b", "https://log.example/\n", "https://ä", "https://user@log.example"})
    EXPECT_EQ(check_service_url(url).error().code, Code::Corrupt) << url;
  std::string url = "https://log.example/";
  url.resize(limits::kUrlBytesMax, 'x');
  EXPECT_TRUE(check_service_url(url));
  EXPECT_EQ(check_service_url(url + "x").error().code, Code::Exhausted);
}

}  // namespace
}  // namespace tegula::attest

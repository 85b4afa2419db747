#include "net/curl_environment.h"

#include <gtest/gtest.h>

namespace tegula::net {
namespace {

TEST(CurlEnvironment, TakesProxiesAsCurlDoes) {
  struct Case {
    os::Environment::Variables variables;
    const char* http;
    const char* https;
    const char* except;
  };
  const Case cases[] = {
      {{}, "", "", ""},
      {{{"http_proxy", "http://a"}, {"https_proxy", "http://b"}}, "http://a", "http://b", ""},
      {{{"HTTP_PROXY", "http://a"}, {"HTTPS_PROXY", "http://b"}}, "", "http://b", ""},
      {{{"all_proxy", "http://a"}}, "http://a", "http://a", ""},
      {{{"ALL_PROXY", "http://a"}, {"http_proxy", "http://b"}}, "http://b", "http://a", ""},
      {{{"https_proxy", ""}, {"HTTPS_PROXY", "http://b"}}, "", "http://b", ""},
      {{{"NO_PROXY", "localhost"}}, "", "", "localhost"},
  };
  for (const Case& c : cases) {
    const CurlOptions options = curl_options(os::Environment(c.variables));
    EXPECT_EQ(options.proxies.http, c.http);
    EXPECT_EQ(options.proxies.https, c.https);
    EXPECT_EQ(options.proxies.except, c.except);
  }
}

TEST(CurlEnvironment, TakesTheUsersCertificates) {
  EXPECT_EQ(curl_options(os::Environment(os::Environment::Variables{{"SSL_CERT_FILE", "/ca.pem"}}))
                .ca_file,
            "/ca.pem");
  EXPECT_EQ(curl_options(os::Environment(os::Environment::Variables())).ca_file, "");
}

}  // namespace
}  // namespace tegula::net

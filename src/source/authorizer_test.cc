#include "source/authorizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/base64.h"
#include "net/fake_transport.h"

namespace tegula::source {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::string_view kScope = "repository:a/b:pull";

std::string authorization(const net::HttpRequest& request) {
  return std::string(net::find_header(request.headers, "authorization").value_or(""));
}

net::FakeReply challenge(std::string text) {
  return {.status = 401, .headers = {{"WWW-Authenticate", std::move(text)}}, .body = "{}"};
}

// A registry that wants `wanted`, and a token server beside it.
struct Servers {
  net::FakeTransport transport{[this](const net::HttpRequest& request) -> net::FakeReply {
    if (request.url.host() == "auth.example") return token(request);
    return authorization(request) == wanted ? net::FakeReply{.body = "yes"} : challenge(asks);
  }};
  std::string wanted = "Bearer t0";
  std::string asks = R"(Bearer realm="https://auth.example/token",service="reg")";
  std::function<net::FakeReply(const net::HttpRequest&)> token = [](const net::HttpRequest&) {
    return net::FakeReply{.body = R"({"token":"t0"})"};
  };

  Result<net::HttpReply> get(std::optional<Credential> credential = {},
                             std::string_view url = "https://reg.example/v2/x") {
    Authorizer authorizer(transport, net::Url::parse("https://reg.example/").value(),
                          std::move(credential));
    return send(authorizer, url);
  }
  Result<net::HttpReply> send(Authorizer& authorizer, std::string_view url) {
    return authorizer.send({.url = net::Url::parse(url).value()}, std::string(kScope),
                           net::keep_body, {});
  }
};

const Credential kAnn{.user = "ann", .password = "p:w"};
const std::string kBasic = "Basic " + base64_encode(bytes_of("ann:p:w"));

TEST(Authorizer, FetchesATokenWhenAsked) {
  Servers servers;
  EXPECT_EQ(servers.get()->body, "yes");
  EXPECT_THAT(
      servers.transport.log(),
      ElementsAre("GET https://reg.example/v2/x",
                  "GET https://auth.example/token?service=reg&scope=repository%3Aa%2Fb%3Apull",
                  "GET https://reg.example/v2/x"));
  EXPECT_EQ(authorization(servers.transport.requests()[1]), "");
}

TEST(Authorizer, KeepsATokenAndRenewsIt) {
  Servers servers;
  Authorizer authorizer(servers.transport, net::Url::parse("https://reg.example/").value(), {});
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(servers.send(authorizer, "https://reg.example/v2/x")->body, "yes");
  EXPECT_EQ(servers.transport.requests().size(), 5U);
  servers.wanted = "Bearer t1";  // the old one has expired
  servers.token = [](const net::HttpRequest&) {
    return net::FakeReply{.body = R"({"access_token":"t1"})"};
  };
  EXPECT_EQ(servers.send(authorizer, "https://reg.example/v2/x")->body, "yes");
}

TEST(Authorizer, ShowsCredentialsToTheTokenServer) {
  Servers servers;
  EXPECT_EQ(servers.get(kAnn)->body, "yes");
  EXPECT_EQ(authorization(servers.transport.requests()[0]), "") << "not before it is asked for";
  EXPECT_EQ(authorization(servers.transport.requests()[1]), kBasic);
}

TEST(Authorizer, TradesAnIdentityToken) {
  Servers servers;
  EXPECT_EQ(servers.get(Credential{.identity_token = "r/t"})->body, "yes");
  const net::HttpRequest trade = servers.transport.requests()[1];
  EXPECT_EQ(trade.method, "POST");
  EXPECT_THAT(trade.body, HasSubstr("grant_type=refresh_token"));
  EXPECT_THAT(trade.body, HasSubstr("refresh_token=r%2Ft"));
  EXPECT_EQ(authorization(trade), "");
}

TEST(Authorizer, AnswersBasic) {
  Servers servers;
  servers.asks = R"(Basic realm="reg")";
  servers.wanted = kBasic;
  EXPECT_EQ(servers.get(kAnn)->body, "yes");
  EXPECT_EQ(servers.get().error().code, Code::PermissionDenied) << "nobody is anonymous there";
}

TEST(Authorizer, AsksOnce) {
  Servers servers;
  servers.asks = R"(Basic realm="reg")";
  servers.wanted = "Basic another";
  EXPECT_EQ(servers.get(kAnn)->head.status, 401);
  EXPECT_EQ(servers.transport.requests().size(), 2U);
}

TEST(Authorizer, SignsInNowhereElse) {
  Servers servers;
  EXPECT_EQ(servers.get(kAnn, "https://uploads.example/x")->head.status, 401);
  EXPECT_EQ(servers.transport.requests().size(), 1U);
}

TEST(Authorizer, AnswersNobodyThatARedirectLedTo) {
  net::FakeTransport transport([](const net::HttpRequest& request) -> net::FakeReply {
    if (request.url.host() == "reg.example")
      return {.status = 307, .headers = {{"Location", "https://storage.example/x"}}};
    return challenge(R"(Bearer realm="https://storage.example/token")");
  });
  Authorizer authorizer(transport, net::Url::parse("https://reg.example/").value(), kAnn);
  const auto reply = authorizer.send({.url = net::Url::parse("https://reg.example/x").value()},
                                     std::string(kScope), net::keep_body, {});
  EXPECT_EQ(reply->head.status, 401);
  for (const net::HttpRequest& request : transport.requests())
    EXPECT_EQ(authorization(request), "") << request.url.str();
  EXPECT_EQ(transport.requests().size(), 2U);
}

TEST(Authorizer, RefusesBadChallenges) {
  struct Case {
    std::string asks;
    Code want;
  };
  for (const Case& c :
       std::vector<Case>{{R"(Bearer realm="http://auth.example/token")", Code::Untrusted},
                         {R"(Bearer realm="ftp://auth.example/token")", Code::InvalidArgument},
                         {R"(Bearer service="x")", Code::InvalidArgument},
                         {R"(Bearer realm="x)", Code::Corrupt},
                         {"Negotiate", Code::PermissionDenied},
                         {"", Code::PermissionDenied}}) {
    Servers servers;
    servers.asks = c.asks;
    EXPECT_EQ(servers.get(kAnn).error().code, c.want) << c.asks;
    EXPECT_EQ(servers.transport.requests().size(), 1U) << "credentials stay here";
  }
}

TEST(Authorizer, RefusesBadTokens) {
  for (const std::string body :
       {"", "{}", "[]", R"({"token":""})", R"({"token":1})", R"({"token":"a\r\nX: y"})"}) {
    Servers servers;
    servers.token = [&](const net::HttpRequest&) { return net::FakeReply{.body = body}; };
    EXPECT_FALSE(servers.get()) << body;
  }
  Servers servers;
  servers.token = [](const net::HttpRequest&) { return net::FakeReply{.status = 401}; };
  const Error error = servers.get(kAnn).error();
  EXPECT_EQ(error.code, Code::PermissionDenied);
  EXPECT_THAT(error.hint, HasSubstr("config.json"));
}

}  // namespace
}  // namespace tegula::source

#include "net/transport.h"

#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "net/fake_transport.h"

namespace tegula::net {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

HttpRequest get(std::string_view url) {
  return {.url = Url::parse(url).value(), .headers = {{"Authorization", "Bearer secret"}}};
}

using Moves = std::map<std::string, std::string>;

// Redirects by table; everything else is there.
class Redirects {
 public:
  explicit Redirects(Moves to, int status = 302)
      : server([to = std::move(to), status](const HttpRequest& request) -> FakeReply {
          const auto found = to.find(request.url.str());
          if (found == to.end()) return {.body = "here"};
          return {.status = status, .headers = {{"LOCATION", found->second}}, .body = "moved"};
        }) {}
  FakeTransport server;
};

bool has_credential(const HttpRequest& request) {
  return find_header(request.headers, "authorization").has_value();
}

TEST(Follow, GoesWhereItIsSent) {
  Redirects to(Moves{{"https://a/1", "2"}, {"https://a/2", "/3"}});
  const HttpReply reply = follow(to.server, get("https://a/1"), keep_body, {}).value();
  EXPECT_EQ(reply.body, "here");
  EXPECT_EQ(reply.url.str(), "https://a/3");
  EXPECT_THAT(to.server.log(),
              ElementsAre("GET https://a/1", "GET https://a/2", "GET https://a/3"));
  for (const HttpRequest& request : to.server.requests()) EXPECT_TRUE(has_credential(request));
}

TEST(Follow, KeepsCredentialsWithTheirOrigin) {
  for (const std::string elsewhere :
       {"https://b/x", "https://a:8443/x", "https://sub.a/x", "//b/x"}) {
    Redirects to(Moves{{"https://a/1", elsewhere}, {"https://b/x", "https://a/back"}});
    ASSERT_TRUE(follow(to.server, get("https://a/1"), keep_body, {})) << elsewhere;
    const auto requests = to.server.requests();
    EXPECT_TRUE(has_credential(requests[0]));
    for (std::size_t i = 1; i < requests.size(); ++i)
      EXPECT_FALSE(has_credential(requests[i])) << requests[i].url.str();
  }
}

TEST(Follow, RefusesToLeaveEncryptionOrToComeHome) {
  for (const std::string bad :
       {"http://a/x", "http://127.0.0.1/x", "https://localhost:8443/", "https://[::1]/"}) {
    Redirects to(Moves{{"https://a/1", bad}});
    EXPECT_EQ(follow(to.server, get("https://a/1"), keep_body, {}).error().code, Code::Untrusted)
        << bad;
    EXPECT_EQ(to.server.requests().size(), 1U);
  }
  Redirects at_home(Moves{{"http://127.0.0.1:1/1", "http://localhost:2/2"}});
  EXPECT_TRUE(follow(at_home.server, get("http://127.0.0.1:1/1"), keep_body, {}));
}

TEST(Follow, RefusesAddressesThatAreNone) {
  for (const std::string bad : {"ftp://a/", "https://user:pw@b/", "a b"}) {
    Redirects to(Moves{{"https://a/1", bad}});
    EXPECT_EQ(follow(to.server, get("https://a/1"), keep_body, {}).error().code,
              Code::InvalidArgument)
        << bad;
  }
  FakeTransport nowhere([](const HttpRequest&) { return FakeReply{.status = 301}; });
  EXPECT_EQ(follow(nowhere, get("https://a/1"), keep_body, {}).error().code, Code::Corrupt);
}

TEST(Follow, HasALimit) {
  const auto chain = [](std::size_t length) {
    Moves out;
    for (std::size_t i = 0; i < length; ++i)
      out["https://a/" + std::to_string(i)] = std::to_string(i + 1);
    return out;
  };
  Redirects most(chain(limits::kHttpRedirectsMax));
  EXPECT_TRUE(follow(most.server, get("https://a/0"), keep_body, {}));
  Redirects more(chain(limits::kHttpRedirectsMax + 1));
  EXPECT_EQ(follow(more.server, get("https://a/0"), keep_body, {}).error().code, Code::Exhausted);
}

TEST(Follow, RepeatsAnUploadOnlyWhereThatIsMeant) {
  const auto put = [](int status) {
    Redirects to(Moves{{"https://a/1", "2"}}, status);
    HttpRequest request = get("https://a/1");
    request.method = "PUT";
    request.body = "bytes";
    const HttpReply reply = follow(to.server, request, keep_body, {}).value();
    return std::pair(reply.head.status, to.server.requests().back());
  };
  EXPECT_EQ(put(307).first, 200);
  EXPECT_EQ(put(307).second.body, "bytes");
  EXPECT_EQ(put(302).first, 302) << "a PUT must not become a GET";
}

TEST(Follow, ShowsTheHandlerTheLastReplyOnly) {
  Redirects to(Moves{{"https://a/1", "2"}});
  int heads = 0;
  std::string body;
  const ReplyHandler handler = [&](const ReplyHead& head) -> Result<BodySink> {
    ++heads;
    EXPECT_EQ(head.status, 200);
    return BodySink([&](std::string_view piece) -> Result<void> {
      body += piece;
      return {};
    });
  };
  EXPECT_EQ(follow(to.server, get("https://a/1"), handler, {})->body, "");
  EXPECT_EQ(heads, 1);
  EXPECT_EQ(body, "here");
}

TEST(FindHeader, IgnoresCase) {
  const std::vector<Header> headers = {{"ETag", "\"x\""}, {"etag", "later"}};
  EXPECT_EQ(find_header(headers, "etag"), "\"x\"");
  EXPECT_EQ(find_header(headers, "eta"), std::nullopt);
}

}  // namespace
}  // namespace tegula::net

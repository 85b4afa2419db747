#include "logserver/rekor_client.h"

#include <gtest/gtest.h>

#include "net/fake_transport.h"

namespace tegula::logserver {
namespace {

class RekorClientTest : public ::testing::Test {
 protected:
  Result<std::string> post(const std::string& url = "https://log.example") {
    return post_rekord(transport_, url, "{\"a\":1}", {});
  }

  net::FakeReply answer_{.status = 201, .body = "{}"};
  std::string sent_;
  net::FakeTransport transport_{[this](const net::HttpRequest& request) {
    sent_ = request.body;
    return answer_;
  }};
};

TEST_F(RekorClientTest, PostsAndGivesTheEntry) {
  EXPECT_EQ(post().value(), "{}");
  EXPECT_EQ(sent_, "{\"a\":1}");
  EXPECT_EQ(post("https://log.example/shard/").value(), "{}");
  EXPECT_EQ(transport_.log()[0], "POST https://log.example/api/v2/log/entries");
  EXPECT_EQ(transport_.log()[1], "POST https://log.example/shard/api/v2/log/entries");
}

TEST_F(RekorClientTest, TellsRefusalsApart) {
  struct Case {
    int status;
    const char* body;
    Code code;
    const char* text;
  };
  const Case cases[] = {
      {409, R"({"code":6,"message":"there already"})", Code::AlreadyExists,
       "https://log.example: the log answered 409: there already"},
      {400, R"({"code":3,"message":"bad \u001b[1m"})", Code::InvalidArgument, ""},
      {404, "nothing", Code::InvalidArgument, "https://log.example: the log answered 404"},
      {429, "", Code::Unavailable, "https://log.example: the log answered 429"},
      {503, "[]", Code::Unavailable, "https://log.example: the log answered 503"},
      {200, "{}", Code::InvalidArgument, "https://log.example: the log answered 200"},
  };
  for (const Case& c : cases) {
    answer_ = {.status = c.status, .body = c.body};
    const auto out = post();
    ASSERT_FALSE(out) << c.status;
    EXPECT_EQ(out.error().code, c.code) << c.status;
    if (*c.text != '\0') {
      EXPECT_EQ(out.error().text, c.text);
    }
    EXPECT_EQ(out.error().text.find('\x1b'), std::string::npos);
  }
  EXPECT_EQ(post("no address").error().code, Code::InvalidArgument);
}

}  // namespace
}  // namespace tegula::logserver

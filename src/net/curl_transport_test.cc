#include "net/curl_transport.h"

#include <atomic>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/limits.h"
#include "net/test_server.h"

namespace tegula::net {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

std::unique_ptr<Transport> transport(const CurlOptions& options = {}) {
  return create_curl_transport(options).value();
}

Result<HttpReply> get(const TestServer& server, std::string_view path = "/",
                      const Stop& stop = {}) {
  return transport()->exchange({.url = server.url(path)}, keep_body, stop);
}

Result<HttpReply> ask(std::string reply) {
  const TestServer server([&](const std::string&) { return reply; });
  return get(server);
}

TEST(CurlTransport, SendsARequest) {
  std::string seen;
  const TestServer server([&](const std::string& request) {
    seen = request;
    return ok("body", "ETag: \"x\"\r\n");
  });
  const HttpRequest request{.url = server.url("/a%20b?c=d"), .headers = {{"Range", "bytes=0-3"}}};
  const HttpReply reply =
      transport({.user_agent = "tegula/1"})->exchange(request, keep_body, {}).value();
  EXPECT_THAT(seen, StartsWith("GET /a%20b?c=d HTTP/1.1\r\n"));
  EXPECT_THAT(seen, HasSubstr("Range: bytes=0-3\r\n"));
  EXPECT_THAT(seen, HasSubstr("User-Agent: tegula/1\r\n"));
  EXPECT_THAT(seen, Not(HasSubstr("Accept-Encoding"))) << "a digest is of the plain bytes";
  EXPECT_EQ(reply.head.status, 200);
  EXPECT_EQ(find_header(reply.head.headers, "etag"), "\"x\"");
  EXPECT_EQ(reply.body, "body");
}

TEST(CurlTransport, SendsBodies) {
  for (const std::string method : {"POST", "PUT", "PATCH"}) {
    for (const std::size_t size : {std::size_t{0}, std::size_t{5}, std::size_t{1'000'000}}) {
      std::string seen;
      const TestServer server([&](const std::string& request) {
        seen = request;
        return ok("");
      });
      const std::string body(size, 'x');
      const Upload upload{size, [&](std::uint64_t offset, std::span<std::uint8_t> into) {
                            const std::string_view rest =
                                std::string_view(body).substr(offset, into.size());
                            std::ranges::copy(rest, into.begin());
                            return Result<std::size_t>(rest.size());
                          }};
      const HttpRequest held{.method = method, .url = server.url("/"), .body = body};
      ASSERT_TRUE(transport()->exchange(held, keep_body, {}));
      EXPECT_THAT(seen, StartsWith(method + " / HTTP/1.1\r\n"));
      EXPECT_THAT(seen, HasSubstr(fmt::format("Content-Length: {}\r\n", size)));
      EXPECT_THAT(seen, Not(HasSubstr("Expect:")));
      const std::string first = seen;
      const HttpRequest read{.method = method, .url = server.url("/"), .upload = upload};
      ASSERT_TRUE(transport()->exchange(read, keep_body, {}));
      EXPECT_EQ(seen, first);
    }
  }
}

TEST(CurlTransport, ReadsAHead) {
  std::string method;
  const TestServer server([&](const std::string& request) {
    method = request.substr(0, 4);
    return std::string("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
  });
  const HttpRequest request{.method = "HEAD", .url = server.url("/")};
  const HttpReply reply = transport()->exchange(request, keep_body, {}).value();
  EXPECT_EQ(method, "HEAD");
  EXPECT_EQ(find_header(reply.head.headers, "content-length"), "1000");
}

TEST(CurlTransport, FollowsNothingByItself) {
  const HttpReply reply =
      ask("HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n").value();
  EXPECT_EQ(reply.head.status, 302);
}

TEST(CurlTransport, PassesOverInterimReplies) {
  const HttpReply reply = ask("HTTP/1.1 103 Early Hints\r\nX: 1\r\n\r\n" + ok("body")).value();
  EXPECT_EQ(reply.head.status, 200);
  EXPECT_EQ(find_header(reply.head.headers, "x"), std::nullopt);
  EXPECT_EQ(reply.body, "body");
}

TEST(CurlTransport, RefusesWhatIsNotAWholeReply) {
  struct Case {
    std::string reply;
    Code want;
  };
  for (const Case& c : std::vector<Case>{
           {"", Code::Unavailable},
           {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfour", Code::Unavailable},
           {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", Code::Unavailable},
           {"SSH-2.0-OpenSSH\r\n\r\n", Code::Corrupt}}) {
    const Result<HttpReply> reply = ask(c.reply);
    ASSERT_FALSE(reply) << c.reply;
    EXPECT_EQ(reply.error().code, c.want) << c.reply << ": " << reply.error().text;
  }
}

TEST(CurlTransport, LimitsTheHead) {
  const auto fields = [](std::size_t count) {
    std::string out;
    for (std::size_t i = 0; i < count; ++i) out += "X: y\r\n";
    return ask(ok("", out));
  };
  EXPECT_TRUE(fields(limits::kHttpHeadersMax - 1));  // and Content-Length
  EXPECT_EQ(fields(limits::kHttpHeadersMax + 1).error().code, Code::Exhausted);
  const std::string wide = "X: " + std::string(limits::kHttpHeaderBytesMax, 'y') + "\r\n";
  EXPECT_EQ(ask(ok("", wide)).error().code, Code::Exhausted);
}

TEST(CurlTransport, LimitsABodyInMemory) {
  const TestServer server([](const std::string&) { return ok(std::string(100, 'x')); });
  HttpRequest request{.url = server.url("/"), .reply_bytes_max = 100};
  EXPECT_EQ(transport()->exchange(request, keep_body, {})->body.size(), 100U);
  request.reply_bytes_max = 99;
  EXPECT_EQ(transport()->exchange(request, keep_body, {}).error().code, Code::Exhausted);
}

TEST(CurlTransport, HandsTheBodyToTheSinkThatTheHandlerChose) {
  const TestServer server([](const std::string&) { return ok(std::string(1'000'000, 'x')); });
  std::size_t got = 0;
  const ReplyHandler handler = [&](const ReplyHead& head) -> Result<BodySink> {
    EXPECT_TRUE(head.is_success());
    return BodySink([&](std::string_view piece) -> Result<void> {
      got += piece.size();
      return {};
    });
  };
  const auto reply = transport()->exchange({.url = server.url("/")}, handler, {});
  EXPECT_EQ(reply->body, "");
  EXPECT_EQ(got, 1'000'000U);
}

TEST(CurlTransport, EndsWithTheErrorOfHandlerOrSink) {
  const TestServer server([](const std::string&) { return ok("body"); });
  const ReplyHandler refuses = [](const ReplyHead&) -> Result<BodySink> {
    return fail(Code::Untrusted, "no");
  };
  EXPECT_EQ(transport()->exchange({.url = server.url("/")}, refuses, {}).error().text, "no");
  const ReplyHandler chokes = [](const ReplyHead&) -> Result<BodySink> {
    return BodySink([](std::string_view) -> Result<void> { return fail(Code::DiskFull, "full"); });
  };
  EXPECT_EQ(transport()->exchange({.url = server.url("/")}, chokes, {}).error().text, "full");
}

TEST(CurlTransport, StopsWhileNothingComes) {
  StopSource source;
  TestServer server([&](const std::string&) {
    source.cancel();
    return std::string();
  });
  server.hold_connections();
  EXPECT_EQ(get(server, "/", source.stop()).error().code, Code::Cancelled);
}

TEST(CurlTransport, SaysWhoWasNotReached) {
  std::uint16_t port = 0;
  {
    const TestServer server([](const std::string&) { return ok(""); });
    port = server.port();
  }
  const Url gone = Url::parse(fmt::format("http://127.0.0.1:{}/", port)).value();
  const Error error = transport()->exchange({.url = gone}, keep_body, {}).error();
  EXPECT_EQ(error.code, Code::Unavailable);
  EXPECT_THAT(error.text, HasSubstr(gone.origin()));
  const TestServer plain([](const std::string&) { return ok(""); });
  const Url tls = Url::parse(fmt::format("https://127.0.0.1:{}/", plain.port())).value();
  EXPECT_EQ(transport()->exchange({.url = tls}, keep_body, {}).error().code, Code::Untrusted);
}

TEST(CurlTransport, AsksTheProxyItIsGiven) {
  std::string seen;
  const TestServer proxy([&](const std::string& request) {
    seen = request;
    return ok("from the proxy");
  });
  const CurlOptions options{.proxies = {.http = proxy.url("/").origin(), .except = "direct.test"}};
  const Url url = Url::parse("http://models.test/x").value();
  EXPECT_EQ(transport(options)->exchange({.url = url}, keep_body, {})->body, "from the proxy");
  EXPECT_THAT(seen, StartsWith("GET http://models.test/x HTTP/1.1\r\n"));
  const Url direct = Url::parse("http://direct.test/").value();
  EXPECT_EQ(transport(options)->exchange({.url = direct}, keep_body, {}).error().code,
            Code::Unavailable);
}

TEST(CurlTransport, RefusesHeadersThatAreTwo) {
  const TestServer server([](const std::string&) { return ok(""); });
  for (const Header& bad : std::vector<Header>{{"X", "y\r\nZ: 1"}, {"X\n", "y"}, {"X", ""}}) {
    const HttpRequest request{.url = server.url("/"), .headers = {bad}};
    EXPECT_FALSE(transport()->exchange(request, keep_body, {}));
  }
}

}  // namespace
}  // namespace tegula::net

#include "source/http_blob.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "net/fake_transport.h"
#include "source/http_status.h"

namespace tegula::source {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

struct Collector final : content::RangeReceiver {
  Result<void> begin(const content::RangeStart& start) override {
    offset = start.offset;
    is_whole = start.is_whole;
    version = start.version;
    return {};
  }
  Result<void> take(ByteView more) override {
    bytes += text_of(more);
    return {};
  }
  std::uint64_t offset = 77;
  bool is_whole = false;
  std::string version, bytes;
};

constexpr std::uint64_t kSize = 10;

Result<void> read(const net::FakeReply& reply, Collector& into, net::HttpRequest* seen = nullptr) {
  net::FakeTransport server([&](const net::HttpRequest& request) {
    if (seen != nullptr) *seen = request;
    return reply;
  });
  const HttpBlob blob(net::Url::parse("https://a/b?token=secret").value(), kSize,
                      [&](const net::HttpRequest& request, const net::ReplyHandler& handler,
                          const Stop& stop) { return server.exchange(request, handler, stop); });
  return blob.read({3, 4}, into, {});
}

Code code_of(const net::FakeReply& reply) {
  Collector ignored;
  return read(reply, ignored).error().code;
}

TEST(HttpBlob, AsksForARange) {
  Collector got;
  net::HttpRequest seen{.url = net::Url::parse("http://x/").value()};
  ASSERT_TRUE(read({.status = 206,
                    .headers = {{"Content-Range", "bytes 3-6/10"}, {"ETag", "\"x\""}},
                    .body = "3456"},
                   got, &seen));
  EXPECT_EQ(net::find_header(seen.headers, "range"), "bytes=3-6");
  EXPECT_EQ(got.offset, 3U);
  EXPECT_FALSE(got.is_whole);
  EXPECT_EQ(got.version, "\"x\"");
  EXPECT_EQ(got.bytes, "3456");
}

TEST(HttpBlob, TakesTheWholeWhereThereAreNoRanges) {
  Collector got;
  ASSERT_TRUE(
      read({.status = 200, .headers = {{"Content-Length", "10"}}, .body = "0123456789"}, got));
  EXPECT_EQ(got.offset, 0U);
  EXPECT_TRUE(got.is_whole);
  EXPECT_EQ(got.bytes, "0123456789");
}

TEST(HttpBlob, RefusesWhatItDidNotAskFor) {
  const auto partial = [](std::string range, std::string body) {
    return net::FakeReply{
        .status = 206, .headers = {{"Content-Range", std::move(range)}}, .body = std::move(body)};
  };
  EXPECT_EQ(code_of(partial("bytes 2-5/10", "2345")), Code::Corrupt);
  EXPECT_EQ(code_of(partial("bytes 3-7/10", "34567")), Code::Corrupt);
  EXPECT_EQ(code_of(partial("bytes 3-6/11", "3456")), Code::Corrupt) << "another size";
  EXPECT_EQ(code_of(partial("3-6/10", "3456")), Code::Corrupt);
  EXPECT_EQ(code_of({.status = 206, .headers = {}, .body = "3456"}), Code::Corrupt);
  EXPECT_EQ(code_of(partial("bytes 3-6/10", "34567")), Code::Corrupt) << "too much";
  EXPECT_EQ(code_of(partial("bytes 3-6/*", "345")), Code::Unavailable) << "too little";
  EXPECT_EQ(code_of({.status = 200, .headers = {{"Content-Length", "11"}}, .body = "x"}),
            Code::Corrupt);
  EXPECT_EQ(code_of({.status = 200, .headers = {}, .body = "012345678"}), Code::Unavailable);
}

TEST(HttpBlob, SaysWhatTheServerSaid) {
  Collector got;
  const Error error =
      read({.status = 404,
            .headers = {},
            .body = R"({"errors":[{"code":"BLOB_UNKNOWN","message":"blob unknown"}]})"},
           got)
          .error();
  EXPECT_EQ(error.code, Code::NotFound);
  EXPECT_THAT(error.text, HasSubstr("404 (blob unknown)"));
  EXPECT_THAT(error.text, Not(HasSubstr("secret"))) << "a query may be a signature";
  EXPECT_EQ(code_of({.status = 403}), Code::PermissionDenied);
  EXPECT_EQ(code_of({.status = 429}), Code::Unavailable);
  EXPECT_EQ(code_of({.status = 503, .headers = {}, .body = "{\"error\":\"\\u001b[2J\"}"}),
            Code::Unavailable);
  EXPECT_EQ(code_of({.status = 416}), Code::Corrupt);
  EXPECT_EQ(code_of({.status = 400}), Code::Unsupported);
}

TEST(HttpBlob, KnowsVersions) {
  const auto version = [](std::vector<net::Header> headers) {
    return version_of({.status = 200, .headers = std::move(headers)});
  };
  EXPECT_EQ(version({{"ETag", "\"a\""}, {"Last-Modified", "x"}}), "\"a\"");
  EXPECT_EQ(version({{"ETag", "W/\"a\""}}), "");
  EXPECT_EQ(version({{"ETag", "W/\"a\""}, {"Last-Modified", "Tue, 1 Jan"}}), "Tue,_1_Jan");
  EXPECT_EQ(version({}), "");
}

}  // namespace
}  // namespace tegula::source

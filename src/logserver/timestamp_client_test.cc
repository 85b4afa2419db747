#include "logserver/timestamp_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/limits.h"
#include "crypto/timestamp_query.h"
#include "logserver/sample_timestamps.h"
#include "logserver/timestamp_routes.h"
#include "net/fake_transport.h"

namespace tegula::logserver {
namespace {

using ::testing::HasSubstr;

constexpr const char* kUrl = "https://log.example/api/v1/timestamp";
constexpr const char* kType = "application/timestamp-reply";

// The real handler behind a transport.
net::FakeReply serve(TimestampService& service, const net::HttpRequest& request) {
  net::FakeReply out;
  timestamp_handler(service, [](auto&&...) {})({.method = request.method,
                                                .path = request.url.path(),
                                                .headers = request.headers,
                                                .body = request.body},
                                               net::Responder([&out](net::ServerReply reply) {
                                                 out.status = reply.status;
                                                 out.headers = reply.headers;
                                                 out.body = reply.body;
                                               }));
  return out;
}

class TimestampClientTest : public ::testing::Test {
 protected:
  Result<Bytes> stamp(std::string_view message) {
    return TimestampClient(net::Url::parse(kUrl).value(), transport_, clock_, random_)
        .stamp(bytes_of(message), {});
  }
  Error failure(net::FakeReply reply) {
    instead_ = std::move(reply);
    const auto out = stamp("m");
    return out ? Error{Code::Internal, "it was taken", {}} : out.error();
  }
  static net::FakeReply reply(int status, std::string body, const char* type = kType) {
    return {.status = status,
            .headers = {{.name = "Content-Type", .value = type}},
            .body = std::move(body)};
  }

  SeededRandom random_{1};
  ManualClock clock_;
  TimestampService service_{sample_timestamp_authority(random_), clock_, random_};
  std::optional<net::FakeReply> instead_;
  net::FakeTransport transport_{[this](const net::HttpRequest& request) {
    return instead_ ? *instead_ : serve(service_, request);
  }};
};

TEST_F(TimestampClientTest, GetsAStampOnAMessage) {
  const auto response = stamp("signature");
  ASSERT_TRUE(response) << response.error().text;
  EXPECT_EQ(verify_sample_stamp(service_.authority(), text_of(*response), "signature").value(),
            1'700'000'000);
  ASSERT_EQ(transport_.log().size(), 1U);
  EXPECT_EQ(transport_.log()[0], std::string("POST ") + kUrl);
  const auto sent = transport_.requests()[0];
  EXPECT_EQ(net::find_header(sent.headers, "content-type"), "application/timestamp-query");
  EXPECT_EQ(sent.reply_bytes_max, limits::kTimestampBytesMax);
}

TEST_F(TimestampClientTest, AsksWithAnotherNonceEachTime) {
  ASSERT_TRUE(stamp("m"));
  ASSERT_TRUE(stamp("m"));
  EXPECT_NE(transport_.requests()[0].body, transport_.requests()[1].body);
}

TEST_F(TimestampClientTest, TakesBothStatusesOfAStamp) {
  ASSERT_TRUE(stamp("m"));
  for (const int status : {200, 201}) {
    net::FakeTransport transport([&](const net::HttpRequest& request) {
      net::FakeReply out = serve(service_, request);
      out.status = status;
      return out;
    });
    TimestampClient client(net::Url::parse(kUrl).value(), transport, clock_, random_);
    EXPECT_TRUE(client.stamp(bytes_of("m"), {})) << status;
  }
}

TEST_F(TimestampClientTest, RefusesWhatIsNoAnswer) {
  struct Case {
    net::FakeReply reply;
    Code want;
  };
  const std::string rejection("\x30\x05\x30\x03\x02\x01\x02", 7);
  for (const Case& c :
       {Case{reply(500, "broken\nmore"), Code::Unavailable},
        Case{reply(404, ""), Code::Unavailable}, Case{reply(202, rejection), Code::Unavailable},
        Case{reply(301, ""), Code::Unavailable}, Case{reply(201, rejection), Code::Unavailable},
        Case{reply(201, rejection, "text/html"), Code::Corrupt},
        Case{net::FakeReply{.status = 201, .body = rejection}, Code::Corrupt},
        Case{reply(201, "nonsense"), Code::InvalidArgument},
        Case{reply(201, ""), Code::InvalidArgument},
        Case{reply(201, std::string(limits::kTimestampBytesMax + 1, 'x')), Code::Exhausted},
        Case{net::FakeReply{.breaks_off = true}, Code::Unavailable}}) {
    const Error error = failure(c.reply);
    EXPECT_EQ(error.code, c.want) << error.text;
    EXPECT_THAT(error.text, HasSubstr("log.example"));
  }
  EXPECT_THAT(failure(reply(503, "come\x1b back\nlater")).text,
              HasSubstr("answered 503: come<U+001B> back"));
  EXPECT_THAT(failure(reply(201, rejection)).text, HasSubstr("gave no timestamp"));
}

// A stamp of the right authority on the right message, but made for somebody else.
TEST_F(TimestampClientTest, RefusesAnAnswerToAnotherQuery) {
  const auto old = stamp("m").value();
  EXPECT_EQ(failure(reply(201, std::string(text_of(old)))).code, Code::Untrusted);
  const Bytes other = crypto::timestamp_query(crypto::sha256(bytes_of("other")), 1);
  const auto answer = service_.answer(other).value();
  EXPECT_EQ(failure(reply(201, std::string(text_of(answer.response)))).code, Code::Untrusted);
}

TEST_F(TimestampClientTest, SaysWhyTheAuthorityRefuses) {
  clock_.advance(-std::chrono::seconds(1));
  const auto out = stamp("m");
  EXPECT_EQ(out.error().code, Code::Unavailable);
  EXPECT_THAT(out.error().text, HasSubstr("timeNotAvailable"));
}

TEST_F(TimestampClientTest, StopsWhenItIsToldOrTakesTooLong) {
  StopSource source;
  source.cancel();
  TimestampClient client(net::Url::parse(kUrl).value(), transport_, clock_, random_);
  EXPECT_EQ(client.stamp(bytes_of("m"), source.stop()).error().code, Code::Cancelled);
  // An authority that sends a byte now and then.
  net::FakeTransport slow([&](const net::HttpRequest& request) {
    clock_.advance(std::chrono::seconds(21));
    return serve(service_, request);
  });
  TimestampClient waits(net::Url::parse(kUrl).value(), slow, clock_, random_);
  EXPECT_EQ(waits.stamp(bytes_of("m"), {}).error().code, Code::Unavailable);
}

}  // namespace
}  // namespace tegula::logserver

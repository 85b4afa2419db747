#include "logserver/timestamp_routes.h"

#include <memory>

#include <gtest/gtest.h>

#include "base/limits.h"
#include "crypto/timestamp_query.h"
#include "logserver/log_routes.h"
#include "logserver/sample_log.h"
#include "logserver/sample_timestamps.h"
#include "os/temporary_folder.h"

namespace tegula::logserver {
namespace {

constexpr const char* kPath = "/api/v1/timestamp";
constexpr const char* kType = "application/timestamp-query";

class TimestampRoutesTest : public ::testing::Test {
 protected:
  static net::ServerRequest query(std::string type = kType) {
    const Bytes der = crypto::timestamp_query(crypto::sha256(bytes_of("m")), 1);
    net::ServerRequest out{.method = "POST", .path = kPath};
    if (!type.empty()) out.headers = {{.name = "content-type", .value = std::move(type)}};
    out.body = text_of(der);
    return out;
  }
  net::ServerReply ask(net::ServerRequest request) {
    auto out = std::make_shared<net::ServerReply>(net::ServerReply{.status = 0});
    const net::ServerHandler handler =
        timestamp_handler(service_, [](const net::ServerRequest&, const net::Responder& respond) {
          respond(net::text_reply(299, "others"));
        });
    handler(std::move(request), net::Responder([out](net::ServerReply reply) { *out = reply; }));
    return *out;
  }
  static std::string header(const net::ServerReply& reply, std::string_view name) {
    return std::string(net::find_header(reply.headers, name).value_or(""));
  }

  SeededRandom random_{1};
  ManualClock clock_;
  TimestampService service_{sample_timestamp_authority(random_), clock_, random_};
};

TEST_F(TimestampRoutesTest, StampWhatIsPosted) {
  const auto reply = ask(query());
  EXPECT_EQ(reply.status, 201);
  EXPECT_EQ(header(reply, "Content-Type"), "application/timestamp-reply");
  EXPECT_EQ(verify_sample_stamp(service_.authority(), reply.body, "m").value(), 1'700'000'000);
}

TEST_F(TimestampRoutesTest, AnswerWithARefusalToo) {
  clock_.advance(-std::chrono::seconds(1));
  const auto reply = ask(query());
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(header(reply, "Content-Type"), "application/timestamp-reply");
  EXPECT_EQ(
      crypto::check_timestamp_answer(bytes_of(reply.body), bytes_of(query().body)).error().code,
      Code::Unavailable);
}

TEST_F(TimestampRoutesTest, TakeQueriesOnly) {
  for (const char* type : {"application/timestamp-query; x=y", "Application/Timestamp-Query",
                           "application/timestamp-query ;x"})
    EXPECT_EQ(ask(query(type)).status, 201) << type;
  for (const char* type : {"", "application/json", "application/timestamp-queryx",
                           "application/timestamp-reply", "application/timestamp-query,text/plain"})
    EXPECT_EQ(ask(query(type)).status, 415) << type;
  for (const char* method : {"GET", "HEAD", "PUT"}) {
    auto request = query();
    request.method = method;
    const auto reply = ask(request);
    EXPECT_EQ(reply.status, 405) << method;
    EXPECT_EQ(header(reply, "Allow"), "POST");
  }
}

TEST_F(TimestampRoutesTest, RefuseWhatIsNoQuery) {
  auto request = query();
  for (const std::string& body : {std::string(), std::string("text"), request.body + "x"}) {
    request.body = body;
    EXPECT_EQ(ask(request).status, 400) << body;
  }
  request.body = std::string(limits::kTimestampBytesMax, 'x');
  EXPECT_EQ(ask(request).status, 400);
  request.body += 'x';
  EXPECT_EQ(ask(request).status, 413);
}

TEST_F(TimestampRoutesTest, LeaveOtherPathsToOthers) {
  for (const char* path : {"/", "/checkpoint", "/api/v1/timestamp/", "/api/v2/log/entries"}) {
    auto request = query();
    request.path = path;
    EXPECT_EQ(ask(request).status, 299) << path;
  }
}

// A log that takes nothing any more still has its authority.
TEST_F(TimestampRoutesTest, DoNotDependOnTheLog) {
  os::PosixFileSystem fs;
  const os::TemporaryFolder folder;
  SampleLog log(fs, folder / "log");
  ASSERT_TRUE(log.create({}, LogKind::Rekor));
  ASSERT_TRUE(log.open());
  log.log().sequencer().halt({Code::Corrupt, "rolled back", {}});
  auto status = std::make_shared<int>(0);
  timestamp_handler(service_, log_handler(log.log()))(
      query(), net::Responder([status](const net::ServerReply& reply) { *status = reply.status; }));
  EXPECT_EQ(*status, 201);
}

}  // namespace
}  // namespace tegula::logserver

#include "logserver/timestamp_service.h"

#include <gtest/gtest.h>

#include "crypto/timestamp_query.h"
#include "logserver/sample_timestamps.h"

namespace tegula::logserver {
namespace {

using crypto::TimestampRefusal;
using std::chrono::seconds;

class TimestampServiceTest : public ::testing::Test {
 protected:
  crypto::TimestampAnswer ask() {
    return service_.answer(crypto::timestamp_query(crypto::sha256(bytes_of("m")), 1)).value();
  }
  std::optional<std::int64_t> time() {
    const auto answer = ask();
    if (answer.refusal) return std::nullopt;
    return verify_sample_stamp(service_.authority(), text_of(answer.response), "m").value();
  }

  SeededRandom random_{1};
  ManualClock clock_;
  TimestampService service_{sample_timestamp_authority(random_), clock_, random_};
};

TEST_F(TimestampServiceTest, TakesTheTimeFromItsClock) {
  EXPECT_EQ(time(), 1'700'000'000);
  clock_.advance(std::chrono::milliseconds(1999));
  EXPECT_EQ(time(), 1'700'000'001);
  EXPECT_EQ(time(), 1'700'000'001);
}

TEST_F(TimestampServiceTest, WaitsForAClockThatWasPutBack) {
  clock_.advance(seconds(100));
  EXPECT_EQ(time(), 1'700'000'100);
  clock_.advance(-std::chrono::milliseconds(1));
  EXPECT_EQ(ask().refusal, TimestampRefusal::TimeNotAvailable);
  clock_.advance(-seconds(50));
  EXPECT_EQ(ask().refusal, TimestampRefusal::TimeNotAvailable);
  clock_.advance(seconds(50));
  EXPECT_EQ(ask().refusal, TimestampRefusal::TimeNotAvailable);
  clock_.advance(std::chrono::milliseconds(1));
  EXPECT_EQ(time(), 1'700'000'100);
}

TEST_F(TimestampServiceTest, StampsNothingBeforeItsCertificate) {
  clock_.advance(-seconds(1));
  EXPECT_EQ(ask().refusal, TimestampRefusal::TimeNotAvailable);
  clock_.advance(seconds(1));
  EXPECT_EQ(time(), 1'700'000'000);
  clock_.advance(std::chrono::years(11));
  EXPECT_EQ(ask().refusal, TimestampRefusal::TimeNotAvailable);
}

}  // namespace
}  // namespace tegula::logserver

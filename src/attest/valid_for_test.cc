#include "attest/valid_for.h"

#include <limits>

#include <gtest/gtest.h>

namespace tegula::attest {
namespace {

using codec::Json;

TEST(ValidFor, ReadsBackWhatItWrites) {
  for (const crypto::Validity& validity :
       {crypto::Validity{0, 0}, crypto::Validity{1'767'225'600, 253'402'300'799},
        crypto::Validity{1, std::numeric_limits<std::int64_t>::max()}}) {
    const Json json = {{"validFor", valid_for_json(validity)}};
    EXPECT_EQ(parse_valid_for(ProtoObject::of(json, {"validFor"}).value()).value(), validity);
    EXPECT_EQ(is_open(validity), !json["validFor"].contains("end"));
  }
}

TEST(ValidFor, TellsTimesOfAnyYear) {
  EXPECT_EQ(time_text(0), "1970-01-01T00:00:00Z");
  EXPECT_EQ(time_text(1'767'225'599), "2025-12-31T23:59:59Z");
  EXPECT_EQ(time_text(253'402'300'799), "9999-12-31T23:59:59Z");
  EXPECT_EQ(time_text(253'402'300'800), "253402300800");
  EXPECT_EQ(time_text(std::numeric_limits<std::int64_t>::max()), "9223372036854775807");
  EXPECT_EQ(time_text(-1), "-1");
}

TEST(ValidFor, CountsWholeSeconds) {
  EXPECT_EQ(posix_seconds(WallTime(std::chrono::milliseconds(1'999))), 1);
  EXPECT_EQ(posix_seconds(WallTime(std::chrono::milliseconds(-1))), -1);
}

}  // namespace
}  // namespace tegula::attest

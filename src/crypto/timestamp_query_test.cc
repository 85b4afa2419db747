#include "crypto/timestamp_query.h"

#include <gtest/gtest.h>

#include "base/base64.h"
#include "base/hex.h"
#include "base/limits.h"
#include "crypto/sample_authority.h"
#include "crypto/sample_certificates.h"

namespace tegula::crypto {
namespace {

// RFC 3161 §2.4.1, every byte of it: version 1, SHA-256 of "message", the nonce, certReq.
TEST(TimestampQuery, IsTheRequestOfTheSpecification) {
  EXPECT_EQ(hex_encode(timestamp_query(sha256(bytes_of("message")), 0xFF00000000000001)),
            "30440201013031300d060960864801650304020105000420"
            "ab530a13e45914982b79f9b7e3fba994cfd1f3fb22f71cea1afbf02b460c6d1d"
            "020900ff000000000000010101ff");
}

// What sample stamps are over, without a nonce.
Bytes bare_query(std::string_view message) {
  Bytes out = timestamp_query(sha256(bytes_of(message)), 1);
  const Bytes tail = {0x01, 0x01, 0xFF};  // certReq
  out.resize(out.size() - 6);
  out.insert(out.end(), tail.begin(), tail.end());
  out[1] = static_cast<std::uint8_t>(out.size() - 2);
  return out;
}

TEST(TimestampQuery, KnowsItsAnswer) {
  const Bytes stamp = base64_decode(sample::kStamp).value();
  EXPECT_TRUE(check_timestamp_answer(stamp, bare_query("message")));
  EXPECT_EQ(check_timestamp_answer(stamp, bare_query("messages")).error().code, Code::Untrusted);
}

TEST(TimestampQuery, WantsItsNonceBack) {
  const Bytes stamp = base64_decode(sample::kStamp).value();
  const Bytes query = timestamp_query(sha256(bytes_of("message")), 1);
  EXPECT_EQ(check_timestamp_answer(stamp, query).error().code, Code::Untrusted);
}

// With the authority's word for it, in which nothing may reach a terminal that isn't text.
TEST(TimestampQuery, SaysWhyThereIsNone) {
  const Bytes query = bare_query("message");
  const Bytes plain = {0x30, 0x05, 0x30, 0x03, 0x02, 0x01, 0x02};
  const Bytes full = {0x30, 0x10, 0x30, 0x0E, 0x02, 0x01, 0x02, 0x30, 0x05,
                      0x0C, 0x03, 'n',  0x1B, 'o',  0x03, 0x02, 0x05, 0x20};
  const auto none = check_timestamp_answer(plain, query);
  EXPECT_EQ(none.error().code, Code::Unavailable);
  EXPECT_EQ(none.error().text, "the authority gave no timestamp: no reason given");
  const auto bad = check_timestamp_answer(full, query);
  EXPECT_EQ(bad.error().code, Code::Unavailable);
  EXPECT_TRUE(bad.error().text.starts_with("the authority gave no timestamp: badRequest: n"));
  EXPECT_EQ(bad.error().text.find('\x1b'), std::string::npos);
}

TEST(TimestampQuery, RefusesWhatIsNoAnswer) {
  const Bytes query = bare_query("message");
  Bytes stamp = base64_decode(sample::kStamp).value();
  for (std::size_t size = 0; size < stamp.size(); size += 7) {
    const auto cut = check_timestamp_answer(ByteView(stamp).first(size), query);
    EXPECT_EQ(cut.error().code, Code::InvalidArgument) << size;
  }
  stamp.push_back(0);
  EXPECT_EQ(check_timestamp_answer(stamp, query).error().code, Code::InvalidArgument);
  EXPECT_EQ(check_timestamp_answer(stamp, Bytes{}).error().code, Code::InvalidArgument);
  stamp.resize(limits::kTimestampBytesMax);
  EXPECT_EQ(check_timestamp_answer(stamp, query).error().code, Code::InvalidArgument);
  stamp.push_back(0);
  EXPECT_EQ(check_timestamp_answer(stamp, query).error().code, Code::Exhausted);
}

}  // namespace
}  // namespace tegula::crypto

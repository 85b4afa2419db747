#include "crypto/timestamp.h"

#include <gtest/gtest.h>

#include "base/base64.h"
#include "base/limits.h"
#include "crypto/sample_certificates.h"

namespace tegula::crypto {
namespace {

Certificate certificate(std::string_view pem) { return Certificate::from_pem(pem).value(); }

struct Stamp {
  Bytes response = base64_decode(sample::kStamp).value();
  std::string message = "message";
  std::vector<Certificate> certificates{};
  std::vector<Certificate> anchors = {certificate(sample::kRoot)};

  Result<std::int64_t> verify() const {
    return verify_timestamp({response, bytes_of(message), certificates, anchors});
  }
  Code code() const {
    const auto time_s = verify();
    return time_s ? Code::Internal : time_s.error().code;
  }
};

TEST(Timestamp, GivesTheTimeOfTheMessage) {
  EXPECT_EQ(Stamp().verify().value(), sample::kStampTime);
}

TEST(Timestamp, IsOverItsMessageOnly) {
  Stamp stamp;
  for (const char* other : {"", "messages", "Message"}) {
    stamp.message = other;
    EXPECT_EQ(stamp.code(), Code::Untrusted) << other;
  }
}

TEST(Timestamp, LeadsToAnAnchor) {
  Stamp stamp;
  stamp.anchors = {certificate(sample::kMid)};
  EXPECT_EQ(stamp.code(), Code::Untrusted);
  stamp.anchors.clear();
  EXPECT_EQ(stamp.code(), Code::Untrusted);
}

TEST(Timestamp, TakesTheSignersCertificateFromElsewhere) {
  Stamp stamp;
  stamp.response = base64_decode(sample::kBareStamp).value();
  EXPECT_EQ(stamp.code(), Code::Untrusted);
  stamp.certificates = {certificate(sample::kTsa)};
  EXPECT_EQ(stamp.verify().value(), sample::kStampTime);
  stamp.certificates = {certificate(sample::kLeaf)};
  EXPECT_EQ(stamp.code(), Code::Untrusted);
}

TEST(Timestamp, RefusesWeakHashes) {
  Stamp stamp;
  stamp.response = base64_decode(sample::kSha1Stamp).value();
  EXPECT_EQ(stamp.verify().error().text, "the timestamp is not over SHA-256, SHA-384 or SHA-512");
}

// What the authority answers when it stamps nothing: a status of 2, rejection.
TEST(Timestamp, RefusesARejection) {
  Stamp stamp;
  stamp.response = {0x30, 0x05, 0x30, 0x03, 0x02, 0x01, 0x02};
  EXPECT_EQ(stamp.code(), Code::Untrusted);
}

TEST(Timestamp, RefusesWhatIsCutPaddedOrFlipped) {
  const Stamp good;
  for (std::size_t size = 0; size < good.response.size(); ++size) {
    Stamp cut = good;
    cut.response.resize(size);
    EXPECT_NE(cut.code(), Code::Internal) << size;
  }
  Stamp longer = good;
  longer.response.push_back(0);
  EXPECT_EQ(longer.code(), Code::InvalidArgument);
}

TEST(Timestamp, HoldsItsLimits) {
  Stamp stamp;
  stamp.response.resize(limits::kTimestampBytesMax);
  EXPECT_EQ(stamp.code(), Code::InvalidArgument);
  stamp.response.push_back(0);
  EXPECT_EQ(stamp.code(), Code::Exhausted);
  stamp = {};
  stamp.message.resize(limits::kTimestampMessageBytesMax);
  EXPECT_EQ(stamp.code(), Code::Untrusted);
  stamp.message.push_back('x');
  EXPECT_EQ(stamp.code(), Code::Exhausted);
}

}  // namespace
}  // namespace tegula::crypto

#include "crypto/timestamp.h"

#include <gtest/gtest.h>

#include "base/base64.h"
#include "base/limits.h"
#include "crypto/sample_authority.h"
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

TEST(Timestamp, IsByTheSignerThatIsAskedFor) {
  const Stamp stamp;
  const Bytes message(stamp.message.begin(), stamp.message.end());
  const auto verify = [&](const Certificate& signer) {
    return verify_timestamp({stamp.response, message, {}, stamp.anchors, &signer});
  };
  EXPECT_EQ(verify(certificate(sample::kTsa)).value(), sample::kStampTime);
  EXPECT_EQ(verify(certificate(sample::kLeaf)).error().text,
            "the timestamp is not by this authority");
}

// One made here, by an authority below a root.
struct OwnStamp {
  SampleAuthority root = SampleAuthority::root("root");
  PrivateKey key = PrivateKey::generate(KeyType::P256).value();
  std::string usage = "critical,timeStamping";
  Validity validity = kSampleYears;
  std::int64_t time_s = kSampleYears.not_before_s + 5;

  Result<std::int64_t> verify() const {
    const Certificate signer =
        root.issue({.subject = "tsa", .validity = validity, .usage = usage}, key.public_key());
    const Bytes response = sample_timestamp(
        {.message = bytes_of("m"), .time_s = time_s, .signer = signer, .key = key});
    const Certificate anchor = root.certificate();
    return verify_timestamp({response, bytes_of("m"), {}, {&anchor, 1}});
  }
};

// As the certificate of a public authority has it, and OpenSSL's own check refuses.
TEST(Timestamp, TakesAUsageThatIsNotCritical) {
  OwnStamp stamp;
  EXPECT_EQ(stamp.verify().value(), stamp.time_s);
  stamp.usage = "timeStamping";
  EXPECT_EQ(stamp.verify().value(), stamp.time_s);
}

TEST(Timestamp, WantsACertificateForStampsThatWasValidThen) {
  OwnStamp stamp;
  for (const char* usage : {"", "codeSigning", "critical,codeSigning"}) {
    stamp.usage = usage;
    EXPECT_EQ(stamp.verify().error().code, Code::Untrusted) << usage;
  }
  stamp.usage = "timeStamping";
  stamp.validity = {stamp.time_s - 1, stamp.time_s};
  EXPECT_TRUE(stamp.verify());
  stamp.validity = {stamp.time_s - 2, stamp.time_s - 1};
  EXPECT_EQ(stamp.verify().error().code, Code::Untrusted);
  stamp.validity = {stamp.time_s + 1, stamp.time_s + 2};
  EXPECT_EQ(stamp.verify().error().code, Code::Untrusted);
}

// The key is the signer's, the certificate another of the same key.
TEST(Timestamp, NamesItsCertificate) {
  const OwnStamp stamp;
  const CertificatePlan plan = {.subject = "tsa", .usage = "timeStamping"};
  const Certificate signer = stamp.root.issue(plan, stamp.key.public_key());
  const Bytes response = sample_timestamp({.message = bytes_of("m"),
                                           .time_s = stamp.time_s,
                                           .signer = signer,
                                           .key = stamp.key,
                                           .embeds = false});
  CertificatePlan twin = plan;
  twin.validity.not_after_s -= 1;
  const Certificate other = stamp.root.issue(twin, stamp.key.public_key());
  const Certificate anchor = stamp.root.certificate();
  EXPECT_TRUE(verify_timestamp({response, bytes_of("m"), {&signer, 1}, {&anchor, 1}}));
  EXPECT_EQ(verify_timestamp({response, bytes_of("m"), {&other, 1}, {&anchor, 1}}).error().code,
            Code::Untrusted);
}

// Every bit of the stamp: some are in nothing that counts, but none makes another time of it.
TEST(Timestamp, SaysNoOtherTimeForAnyFlippedBit) {
  Stamp stamp;
  const Bytes good = stamp.response;
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    stamp.response = good;
    stamp.response[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
    if (const auto time_s = stamp.verify()) {
      EXPECT_EQ(*time_s, sample::kStampTime) << bit;
    }
  }
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

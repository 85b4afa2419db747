#include "attest/certificate_log.h"

#include <gtest/gtest.h>

#include "attest/der.h"
#include "attest/sample_sigstore.h"
#include "base/limits.h"

namespace tegula::attest {
namespace {

struct Logged {
  SampleSigstore sigstore{};
  std::vector<TrustedLog> logs = sigstore.root().certificate_logs;
  crypto::Hash256 issuer = sigstore.authority().certificate().public_key_hash();
  crypto::Certificate certificate = certificate_of({});

  crypto::Certificate certificate_of(const SamplePlan& plan) const {
    const Bundle bundle = sigstore.bundle(plan);
    return crypto::Certificate::from_der(std::get<CertificateChain>(bundle.key).certificates[0])
        .value();
  }
  Result<std::vector<CertificateLogged>> verify() const {
    return verify_certificate_logged(certificate, issuer, logs);
  }
  Bytes extension() const { return certificate.extension(kCertificateTimestampsOid).value(); }
};

TEST(CertificateLog, HasPromisedToListTheCertificate) {
  const Logged logged;
  EXPECT_EQ(logged.verify().value(),
            (std::vector<CertificateLogged>{
                {"https://ct.example", static_cast<std::uint64_t>(kSampleTime) * 1000}}));
}

TEST(CertificateLog, IgnoresLogsThatItDoesNotKnow) {
  Logged logged;
  logged.logs[0].id[0] ^= 1;
  EXPECT_TRUE(logged.verify().value().empty());
  logged.logs.clear();
  EXPECT_TRUE(logged.verify().value().empty());
}

TEST(CertificateLog, RefusesWhatItDidNotSign) {
  Logged logged;
  logged.certificate = logged.certificate_of({.has_certificate_timestamp = false});
  EXPECT_TRUE(logged.verify().value().empty());
  logged = {};
  logged.issuer[0] ^= 1;
  EXPECT_EQ(logged.verify().error().code, Code::Untrusted);
  // The timestamp of one certificate in another.
  logged = {};
  const Bytes stolen = logged.extension();
  logged.certificate = logged.sigstore.authority().issue(
      {.subject = {},
       .usage = "codeSigning",
       .names = "email:thief@example.com",
       .extensions = {{std::string(kCertificateTimestampsOid), stolen}}},
      logged.sigstore.key().public_key());
  EXPECT_EQ(logged.verify().error().code, Code::Untrusted);
}

TEST(CertificateLog, CountsInItsTimeOnly) {
  Logged logged;
  logged.logs[0].validity = {kSampleTime, kSampleTime};
  EXPECT_TRUE(logged.verify());
  logged.logs[0].validity = {kSampleTime + 1, kSampleTime + 2};
  EXPECT_EQ(logged.verify().error().code, Code::Untrusted);
  logged.logs[0].validity = {kSampleTime - 2, kSampleTime - 1};
  EXPECT_EQ(logged.verify().error().code, Code::Untrusted);
}

TEST(CertificateLog, SignsByTheKeyItIsKnownFor) {
  Logged logged;
  logged.logs[0].key = logged.sigstore.key().public_key();
  EXPECT_EQ(logged.verify().error().code, Code::Untrusted);
  logged.logs[0].key = logged.sigstore.log_key(SampleLog::Rekor2);  // Ed25519
  EXPECT_EQ(logged.verify().error().code, Code::Untrusted);
  logged.logs[0].key.reset();
  EXPECT_TRUE(logged.verify().value().empty());
}

TEST(CertificateLog, RefusesEveryFlippedBitOfTheTimestamp) {
  const Logged logged;
  const Bytes der = logged.certificate.der(), extension = logged.extension();
  const std::size_t begin = text_of(der).find(text_of(extension));
  for (std::size_t bit = begin * 8; bit < (begin + extension.size()) * 8; ++bit) {
    Bytes flipped = der;
    flipped[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
    const auto certificate = crypto::Certificate::from_der(flipped);
    if (!certificate) continue;
    // Of the log's id, it makes another log.
    const auto known = verify_certificate_logged(*certificate, logged.issuer, logged.logs);
    EXPECT_TRUE(!known || known->empty()) << bit;
  }
}

// --- the list ---

void append(Bytes& out, const Bytes& bytes) {
  for (const std::uint8_t byte : bytes) out.push_back(byte);
}

void append_size(Bytes& out, std::size_t size) {
  out.push_back(static_cast<std::uint8_t>(size >> 8));
  out.push_back(static_cast<std::uint8_t>(size));
}

// A list of these timestamps as the extension has it.
Bytes list_of(const std::vector<Bytes>& timestamps) {
  Bytes list;
  for (const Bytes& one : timestamps) {
    append_size(list, one.size());
    append(list, one);
  }
  Bytes content;
  append_size(content, list.size());
  append(content, list);
  Bytes out = {kDerOctetString};
  if (content.size() >= 0x80) out.push_back(content.size() < 0x100 ? 0x81 : 0x82);
  if (content.size() < 0x100)
    out.push_back(static_cast<std::uint8_t>(content.size()));
  else
    append_size(out, content.size());
  append(out, content);
  return out;
}

Bytes timestamp(std::uint8_t version = 0) {
  Bytes out(33, 7);  // the log
  out[0] = version;
  append(out, {0, 0, 1, 0x8B, 0xCF, 0xE5, 0x68, 0});  // 1700000000000 ms
  append(out, {0, 2, 'e', 'x'});                      // extensions
  append(out, {4, 3, 0, 200});
  append(out, Bytes(200, 9));
  return out;
}

TEST(CertificateTimestamps, ReadEveryField) {
  const auto list = parse_certificate_timestamps(list_of({timestamp(), timestamp()})).value();
  ASSERT_EQ(list.size(), 2U);
  EXPECT_EQ(list[0].log_id[31], 7);
  EXPECT_EQ(list[0].time_ms, 1'700'000'000'000U);
  EXPECT_EQ(text_of(list[0].extensions), "ex");
  EXPECT_EQ(list[0].algorithm, 0x0403);
  EXPECT_EQ(list[0].signature, Bytes(200, 9));
}

TEST(CertificateTimestamps, LeaveOutOtherVersions) {
  EXPECT_EQ(parse_certificate_timestamps(list_of({timestamp(1), timestamp()})).value().size(), 1U);
}

TEST(CertificateTimestamps, RefuseWhatIsCutOrPadded) {
  const Bytes good = list_of({timestamp(), timestamp()});
  for (std::size_t size = 0; size < good.size(); ++size)
    EXPECT_EQ(parse_certificate_timestamps(ByteView(good).first(size)).error().code, Code::Corrupt)
        << size;
  Bytes longer = timestamp(), shorter = timestamp(), late = timestamp();
  longer.push_back(0);
  shorter.pop_back();
  late[33] = 0xFF;
  for (const Bytes& bad : {longer, shorter, late, Bytes()})
    EXPECT_EQ(parse_certificate_timestamps(list_of({bad})).error().code, Code::Corrupt);
  Bytes stray = list_of({timestamp()});
  stray[4] -= 1;  // the list's length
  EXPECT_EQ(parse_certificate_timestamps(stray).error().code, Code::Corrupt);
}

TEST(CertificateTimestamps, HoldTheirLimit) {
  std::vector<Bytes> most(limits::kCertificateTimestampsMax, timestamp());
  EXPECT_TRUE(parse_certificate_timestamps(list_of(most)));
  most.push_back(timestamp());
  EXPECT_EQ(parse_certificate_timestamps(list_of(most)).error().code, Code::Exhausted);
}

}  // namespace
}  // namespace tegula::attest

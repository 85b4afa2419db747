#include "tlog/cosignature.h"

#include <limits>

#include <gtest/gtest.h>

#include "tlog/sample_keys.h"

namespace tegula::tlog {
namespace {

constexpr std::string_view kText =
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
constexpr std::uint64_t kLast = std::numeric_limits<std::int64_t>::max();

// tlog-cosignature, "Ed25519 signed message".
TEST(Cosignature, SignsThePublishedMessage) {
  EXPECT_EQ(cosigned_message(kText, 1679315147),
            "cosignature/v1\n"
            "time 1679315147\n"
            "example.com/behind-the-sofa\n"
            "20852163\n"
            "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n");
}

TEST(Cosignature, IsATimeAndASignature) {
  const SampleKey witness = sample_key("w", 1, SignatureType::Cosignature);
  for (const std::uint64_t time_s : {std::uint64_t{0}, std::uint64_t{1679315147}, kLast}) {
    const Bytes signature = cosign(kText, time_s, witness.signer).value();
    ASSERT_EQ(signature.size(), 72U);
    EXPECT_EQ(verify_cosignature(kText, signature, witness.key.key()).value(), time_s);
  }
  EXPECT_EQ(cosign(kText, 0x0102030405060708, witness.signer).value()[7], 8);
}

TEST(Cosignature, IsOverTimeTextAndKey) {
  const SampleKey witness = sample_key("w", 1, SignatureType::Cosignature);
  const Bytes good = cosign(kText, 1679315147, witness.signer).value();
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    Bytes bad = good;
    bad[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
    EXPECT_EQ(verify_cosignature(kText, bad, witness.key.key()).error().code, Code::Untrusted)
        << bit;
  }
  EXPECT_FALSE(verify_cosignature(std::string(kText) + "x\n", good, witness.key.key()));
  EXPECT_FALSE(verify_cosignature(kText, good, sample_key("w", 2).key.key()));
}

TEST(Cosignature, RefusesOtherLengthsAndLateTimes) {
  const SampleKey witness = sample_key("w", 1, SignatureType::Cosignature);
  EXPECT_EQ(cosign(kText, kLast + 1, witness.signer).error().code, Code::InvalidArgument);
  // A signature that would hold, of a time that may not be.
  const Bytes plain = witness.signer.sign(bytes_of(cosigned_message(kText, kLast + 1))).value();
  Bytes late(8);
  late[0] = 0x80;
  late.insert(late.end(), plain.begin(), plain.end());
  EXPECT_FALSE(verify_cosignature(kText, late, witness.key.key()));
  Bytes good = cosign(kText, 1, witness.signer).value();
  for (std::size_t size = 0; size < good.size(); ++size)
    EXPECT_FALSE(verify_cosignature(kText, ByteView(good).first(size), witness.key.key()));
  good.push_back(0);
  EXPECT_FALSE(verify_cosignature(kText, good, witness.key.key()));
}

}  // namespace
}  // namespace tegula::tlog

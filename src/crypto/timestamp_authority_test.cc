#include "crypto/timestamp_authority.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/limits.h"
#include "crypto/pem.h"
#include "crypto/sample_authority.h"
#include "crypto/sha512.h"
#include "crypto/timestamp.h"
#include "crypto/timestamp_query.h"

namespace tegula::crypto {
namespace {

using ::testing::HasSubstr;

constexpr std::int64_t kNow = kSampleYears.not_before_s + 1000;
constexpr std::uint64_t kNonce = 0xFEDC'BA98'7654'3210;

Bytes der(std::uint8_t tag, std::initializer_list<Bytes> parts) {
  Bytes body;
  for (const Bytes& part : parts) body.insert(body.end(), part.begin(), part.end());
  Bytes head = {tag};
  if (body.size() >= 0x80) {
    head.push_back(0x82);
    head.push_back(static_cast<std::uint8_t>(body.size() >> 8));
  }
  head.push_back(static_cast<std::uint8_t>(body.size()));
  Bytes out(head.size() + body.size());
  std::ranges::copy(body, std::ranges::copy(head, out.begin()).out);
  return out;
}

const Bytes kSha1 = {0x06, 0x05, 0x2B, 0x0E, 0x03, 0x02, 0x1A};
const Bytes kNull = {0x05, 0x00};

Bytes sha2(std::uint8_t number) {  // 1: SHA-256, 2: SHA-384, 3: SHA-512, 4: SHA-224
  return {0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, number};
}

// A query by hand, with every part open to harm.
struct Query {
  Bytes version = {0x02, 0x01, 0x01};
  Bytes hash_id = sha2(1);
  Bytes parameters = kNull;
  Bytes hash = Bytes(32, 0x5A);
  Bytes policy{};
  Bytes nonce = {0x02, 0x01, 0x07};
  Bytes certificate = {0x01, 0x01, 0xFF};
  Bytes extensions{};

  Bytes bytes() const {
    const Bytes imprint = der(0x30, {der(0x30, {hash_id, parameters}), der(0x04, {hash})});
    return der(0x30, {version, imprint, policy, nonce, certificate, extensions});
  }
};

bool contains(const Bytes& bytes, const Bytes& part) {
  return !std::ranges::search(bytes, part).empty();
}

class TimestampAuthorityTest : public ::testing::Test {
 protected:
  TimestampAnswer ask(const Bytes& query, std::optional<std::int64_t> time_s = kNow) {
    return authority_.answer(query, time_s, random_).value();
  }
  Result<std::int64_t> verify(const Bytes& response, std::string_view message) const {
    const auto& chain = authority_.chain();
    return verify_timestamp({.response = response,
                             .message = bytes_of(message),
                             .certificates = {&chain.front(), 1},
                             .anchors = {&chain.back(), 1},
                             .signer = &chain.front()});
  }
  static Bytes query(std::string_view message) {
    return timestamp_query(sha256(bytes_of(message)), kNonce);
  }

  SeededRandom random_{7};
  TimestampAuthority authority_ =
      TimestampAuthority::create("log.example", kSampleYears, random_).value();
};

TEST_F(TimestampAuthorityTest, StampsWhatOurOwnCheckTakes) {
  const TimestampAnswer answer = ask(query("message"));
  EXPECT_EQ(answer.refusal, std::nullopt);
  EXPECT_TRUE(check_timestamp_answer(answer.response, query("message")));
  EXPECT_EQ(verify(answer.response, "message").value(), kNow);
  EXPECT_EQ(verify(answer.response, "other").error().code, Code::Untrusted);
  const auto other = TimestampAuthority::create("log.example", kSampleYears, random_).value();
  EXPECT_EQ(verify(other.answer(query("message"), kNow, random_)->response, "message").error().code,
            Code::Untrusted);
}

TEST_F(TimestampAuthorityTest, HasACertificateForStampsAlone) {
  ASSERT_EQ(authority_.chain().size(), 2U);
  const Certificate& leaf = authority_.chain()[0];
  const Certificate& root = authority_.chain()[1];
  EXPECT_FALSE(leaf.is_authority());
  EXPECT_TRUE(root.is_authority());
  EXPECT_TRUE(root.is_self_issued());
  EXPECT_FALSE(leaf.is_self_issued());
  EXPECT_TRUE(leaf.has(ExtendedUsage::TimeStamping));
  EXPECT_FALSE(leaf.has(ExtendedUsage::CodeSigning));
  EXPECT_EQ(authority_.validity(), kSampleYears);
  EXPECT_EQ(leaf.public_key().value(), authority_.key().public_key());
  EXPECT_NE(root.public_key().value(), authority_.key().public_key());
}

TEST_F(TimestampAuthorityTest, IsReadBack) {
  auto key = PrivateKey::from_pem(authority_.key().pem()).value();
  const auto again = TimestampAuthority::open(std::move(key), authority_.chain_pem()).value();
  EXPECT_EQ(again.chain(), authority_.chain());
  const auto answer = again.answer(query("m"), kNow, random_).value();
  EXPECT_EQ(verify(answer.response, "m").value(), kNow);
}

TEST_F(TimestampAuthorityTest, GivesItsCertificateOnlyIfAsked) {
  Query asked;
  EXPECT_TRUE(contains(ask(asked.bytes()).response, authority_.chain()[0].der()));
  for (const Bytes& no : {Bytes{}, Bytes{0x01, 0x01, 0x00}}) {
    asked.certificate = no;
    const TimestampAnswer answer = ask(asked.bytes());
    EXPECT_EQ(answer.refusal, std::nullopt);
    EXPECT_FALSE(contains(answer.response, authority_.chain()[0].der()));
    EXPECT_TRUE(check_timestamp_answer(answer.response, asked.bytes()));
  }
}

TEST_F(TimestampAuthorityTest, StampsTheThreeHashes) {
  const std::string_view message = "m";
  const auto hash384 = sha384(bytes_of(message));
  const auto hash512 = sha512(bytes_of(message));
  Query asked;
  asked.hash_id = sha2(2);
  asked.hash = Bytes(hash384.begin(), hash384.end());
  EXPECT_EQ(verify(ask(asked.bytes()).response, message).value(), kNow);
  asked.hash_id = sha2(3);
  asked.hash = Bytes(hash512.begin(), hash512.end());
  EXPECT_EQ(verify(ask(asked.bytes()).response, message).value(), kNow);
}

TEST_F(TimestampAuthorityTest, RefusesAsTheSpecificationSays) {
  struct Case {
    const char* what;
    void (*harm)(Query&);
    TimestampRefusal want;
  };
  using enum TimestampRefusal;
  const Case cases[] = {
      {"version 2", [](Query& q) { q.version = {0x02, 0x01, 0x02}; }, BadRequest},
      {"SHA-1", [](Query& q) { q.hash_id = kSha1, q.hash = Bytes(20); }, BadAlgorithm},
      {"SHA-224", [](Query& q) { q.hash_id = sha2(4), q.hash = Bytes(28); }, BadAlgorithm},
      {"unknown hash", [](Query& q) { q.hash_id = {0x06, 0x01, 0x2A}; }, BadAlgorithm},
      {"parameters", [](Query& q) { q.parameters = {0x02, 0x01, 0x00}; }, BadAlgorithm},
      {"short hash", [](Query& q) { q.hash.pop_back(); }, BadDataFormat},
      {"long hash", [](Query& q) { q.hash.push_back(0); }, BadDataFormat},
      {"no hash", [](Query& q) { q.hash.clear(); }, BadDataFormat},
      {"another hash's length", [](Query& q) { q.hash_id = sha2(3); }, BadDataFormat},
      {"another policy", [](Query& q) { q.policy = {0x06, 0x02, 0x2A, 0x03}; }, UnacceptedPolicy},
      {"an extension",
       [](Query& q) {
         q.extensions = der(0xA0, {der(0x30, {Bytes{0x06, 0x02, 0x2A, 0x03}, der(0x04, {kNull})})});
       },
       UnacceptedExtension},
      {"nonce of 65 bytes", [](Query& q) { q.nonce = der(0x02, {Bytes(65, 0x11)}); }, BadRequest},
  };
  for (const Case& c : cases) {
    Query asked;
    c.harm(asked);
    const auto answer = authority_.answer(asked.bytes(), kNow, random_);
    ASSERT_TRUE(answer) << c.what << ": " << answer.error().text;
    EXPECT_EQ(answer->refusal, c.want) << c.what;
    EXPECT_EQ(check_timestamp_answer(answer->response, asked.bytes()).error().code,
              Code::Unavailable)
        << c.what;
    EXPECT_EQ(verify(answer->response, "m").error().code, Code::Untrusted) << c.what;
  }
}

// Named on the wire by the bit of its number, and by a sentence.
TEST_F(TimestampAuthorityTest, SaysWhyItRefuses) {
  Query asked;
  asked.hash_id = kSha1;
  EXPECT_THAT(check_timestamp_answer(ask(asked.bytes()).response, asked.bytes()).error().text,
              HasSubstr("badAlg: only SHA-256"));
  asked = {};
  EXPECT_THAT(
      check_timestamp_answer(ask(asked.bytes(), std::nullopt).response, asked.bytes()).error().text,
      HasSubstr("timeNotAvailable: the clock"));
}

TEST_F(TimestampAuthorityTest, TakesWhatIsOptional) {
  Query asked;
  const auto takes = [&] {
    const TimestampAnswer answer = ask(asked.bytes());
    return !answer.refusal && check_timestamp_answer(answer.response, asked.bytes());
  };
  EXPECT_TRUE(takes());
  asked.parameters = {};
  EXPECT_TRUE(takes());
  asked.nonce = der(0x02, {Bytes(64, 0x11)});
  EXPECT_TRUE(takes());
  asked.nonce = {0x02, 0x01, 0x80};  // negative
  EXPECT_TRUE(takes());
  asked.nonce = {};
  EXPECT_TRUE(takes());
  asked.policy = {0x06, 0x0A, 0x2B, 0x06, 0x01, 0x04, 0x01, 0x81, 0xFD, 0x59, 0x98, 0x59, 0x01};
  asked.policy[1] = static_cast<std::uint8_t>(asked.policy.size() - 2);
  EXPECT_TRUE(takes());
}

TEST_F(TimestampAuthorityTest, StampsOnlyWhileItsCertificatesAreValid) {
  struct Case {
    std::optional<std::int64_t> time_s;
    bool stamps;
  };
  const auto [begin, end] = kSampleYears;
  for (const Case& c : {Case{begin - 1, false}, Case{begin, true}, Case{end, true},
                        Case{end + 1, false}, Case{0, false}, Case{std::nullopt, false}}) {
    const TimestampAnswer answer = ask(query("m"), c.time_s);
    EXPECT_EQ(!answer.refusal, c.stamps) << c.time_s.value_or(-1);
    if (c.stamps) {
      EXPECT_EQ(verify(answer.response, "m").value(), *c.time_s);
    } else {
      EXPECT_EQ(answer.refusal, TimestampRefusal::TimeNotAvailable);
    }
  }
}

TEST_F(TimestampAuthorityTest, GivesEachStampItsOwnSerial) {
  const Bytes first = ask(query("m")).response, second = ask(query("m")).response;
  EXPECT_NE(first, second);
  SeededRandom one(9), two(9);
  const auto serial_of = [&](Random& random) {
    const Bytes stamp = authority_.answer(query("m"), kNow, random)->response;
    const Bytes head = {0x02, 0x10};  // INTEGER of 16 bytes, the first of which is in the TSTInfo
    const auto at = std::ranges::search(stamp, head).begin();
    return Bytes(at, at + 18);
  };
  const Bytes serial = serial_of(one);
  EXPECT_EQ(serial, serial_of(two));
  EXPECT_NE(serial, serial_of(two));
}

TEST_F(TimestampAuthorityTest, TakesNothingThatIsNoQuery) {
  const Bytes good = query("m");
  for (std::size_t size = 0; size < good.size(); ++size) {
    const auto answer = authority_.answer(ByteView(good).first(size), kNow, random_);
    ASSERT_FALSE(answer) << size;
    EXPECT_EQ(answer.error().code, Code::InvalidArgument);
  }
  Bytes longer = good;
  longer.push_back(0);
  EXPECT_EQ(authority_.answer(longer, kNow, random_).error().code, Code::InvalidArgument);
  longer.resize(limits::kTimestampBytesMax);
  EXPECT_EQ(authority_.answer(longer, kNow, random_).error().code, Code::InvalidArgument);
  longer.push_back(0);
  EXPECT_EQ(authority_.answer(longer, kNow, random_).error().code, Code::Exhausted);
}

TEST_F(TimestampAuthorityTest, HasANameThatFits) {
  const std::string longest(64, 'x');
  EXPECT_TRUE(TimestampAuthority::create(longest, kSampleYears, random_));
  for (const std::string& name : {std::string(), longest + "x"})
    EXPECT_EQ(TimestampAuthority::create(name, kSampleYears, random_).error().code,
              Code::InvalidArgument);
  const Validity never = {kSampleYears.not_after_s, kSampleYears.not_before_s};
  EXPECT_EQ(TimestampAuthority::create("x", never, random_).error().code, Code::Untrusted);
}

// Chains that nobody should stamp with.
TEST_F(TimestampAuthorityTest, RefusesAChainThatDoesNotHold) {
  const SampleAuthority root = SampleAuthority::root("root");
  const PrivateKey key = PrivateKey::generate(KeyType::P256).value();
  const auto code = [&](const std::string& usage, const Certificate& anchor,
                        const PrivateKey& own) {
    const Certificate leaf = root.issue({.subject = "tsa", .usage = usage}, key.public_key());
    const std::string pem =
        pem_encode("CERTIFICATE", leaf.der()) + pem_encode("CERTIFICATE", anchor.der());
    const auto out = TimestampAuthority::open(PrivateKey::from_pem(own.pem()).value(), pem);
    return out ? Code::Internal : out.error().code;
  };
  const char* good = "critical,timeStamping";
  EXPECT_EQ(code(good, root.certificate(), key), Code::Internal);
  EXPECT_EQ(code("timeStamping", root.certificate(), key), Code::Untrusted);
  EXPECT_EQ(code("critical,timeStamping,codeSigning", root.certificate(), key), Code::Untrusted);
  EXPECT_EQ(code("critical,codeSigning", root.certificate(), key), Code::Untrusted);
  EXPECT_EQ(code("", root.certificate(), key), Code::Untrusted);
  EXPECT_EQ(code(good, SampleAuthority::root("root").certificate(), key), Code::Untrusted);
  EXPECT_EQ(code(good, root.certificate(), PrivateKey::generate(KeyType::P256).value()),
            Code::Untrusted);
  EXPECT_EQ(code(good, root.certificate(), PrivateKey::generate(KeyType::Ed25519).value()),
            Code::InvalidArgument);
}

TEST_F(TimestampAuthorityTest, RefusesWhatIsNoChain) {
  const std::string leaf = pem_encode("CERTIFICATE", authority_.chain()[0].der());
  const std::string root = pem_encode("CERTIFICATE", authority_.chain()[1].der());
  std::string many = authority_.chain_pem();
  for (std::size_t i = 0; i < limits::kCertificateChainMax; ++i) many += root;
  struct Case {
    std::string pem;
    Code want;
  };
  for (const Case& c :
       {Case{"", Code::InvalidArgument}, Case{"text", Code::InvalidArgument},
        Case{leaf, Code::Untrusted}, Case{root + leaf, Code::Untrusted},
        Case{leaf + root + root, Code::Untrusted}, Case{leaf + "x" + root, Code::InvalidArgument},
        Case{pem_encode("CERTIFICATE", bytes_of("x")), Code::InvalidArgument},
        Case{many, Code::Exhausted}}) {
    auto key = PrivateKey::from_pem(authority_.key().pem()).value();
    const auto out = TimestampAuthority::open(std::move(key), c.pem);
    ASSERT_FALSE(out) << c.pem;
    EXPECT_EQ(out.error().code, c.want) << c.pem;
  }
}

}  // namespace
}  // namespace tegula::crypto

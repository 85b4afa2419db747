#include "logserver/entry_filter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crypto/certificate.h"
#include "crypto/key.h"
#include "crypto/sample_certificates.h"

namespace tegula::logserver {
namespace {

HashedRekord by_key() {
  HashedRekord out;
  out.digest = crypto::sha256(bytes_of("artifact"));
  out.signature = {1, 2, 3};
  out.verifier = {4, 5, 6};
  return out;
}

TEST(EntryFilter, AsksForAllThatItHas) {
  const HashedRekord rekord = by_key();
  EntryFilter filter;
  EXPECT_TRUE(filter.is_empty());
  EXPECT_TRUE(matches(filter, rekord));
  filter.digest = rekord.digest;
  EXPECT_TRUE(matches(filter, rekord));
  filter.key = rekord.verifier;
  EXPECT_TRUE(matches(filter, rekord));
  filter.key = {7};
  EXPECT_FALSE(matches(filter, rekord));
  filter.key.clear();
  filter.digest = crypto::sha256(bytes_of("other"));
  EXPECT_FALSE(matches(filter, rekord));
  EXPECT_FALSE(matches({.identity = "somebody"}, rekord));
}

TEST(EntryFilter, LooksIntoCertificates) {
  const auto certificate = crypto::Certificate::from_pem(crypto::sample::kLeaf).value();
  HashedRekord rekord = by_key();
  rekord.is_certificate = true;
  rekord.verifier = certificate.der();
  const std::vector<std::string> names = identities_of(rekord);
  ASSERT_EQ(names.size(), 1U);
  EXPECT_TRUE(matches({.identity = names[0]}, rekord));
  EXPECT_FALSE(matches({.identity = names[0] + "x"}, rekord));
  EXPECT_TRUE(matches({.key = certificate.public_key().value().der()}, rekord));
  EXPECT_FALSE(matches({.key = certificate.der()}, rekord));
}

TEST(EntryFilter, TakesACertificateThatIsNoneForNobody) {
  HashedRekord rekord = by_key();
  rekord.is_certificate = true;
  EXPECT_TRUE(identities_of(rekord).empty());
  EXPECT_FALSE(matches({.key = rekord.verifier}, rekord));
  EXPECT_FALSE(matches({.identity = "somebody"}, rekord));
}

TEST(HashedRekord, IsReadBackFromItsEntry) {
  for (const bool is_certificate : {false, true}) {
    HashedRekord rekord = by_key();
    rekord.is_certificate = is_certificate;
    EXPECT_EQ(parse_rekord_entry(entry_of(rekord)).value(), rekord);
  }
  const std::string good = entry_of(by_key());
  for (const std::string& bad : {std::string(), std::string("{}"), std::string("[]"), good + " ",
                                 " " + good, good.substr(1), good.substr(0, good.size() - 1)})
    EXPECT_FALSE(parse_rekord_entry(bad)) << bad;
  std::string other = good;
  other.replace(other.find("0.0.2"), 5, "0.0.1");
  EXPECT_EQ(parse_rekord_entry(other).error().code, Code::InvalidArgument);
}

}  // namespace
}  // namespace tegula::logserver

#include "attest/der.h"

#include <gtest/gtest.h>

namespace tegula::attest {
namespace {

TEST(Der, GivesTheContentOfOneValue) {
  const Bytes empty = {0x04, 0x00}, shorter = {0x0C, 0x02, 'a', 'b'};
  EXPECT_TRUE(der_content(kDerOctetString, empty)->empty());
  EXPECT_EQ(text_of(der_content(kDerUtf8String, shorter).value()), "ab");
  Bytes longer = {0x04, 0x81, 0x80};
  longer.resize(3 + 0x80);
  EXPECT_EQ(der_content(kDerOctetString, longer)->size(), 0x80U);
  Bytes longest = {0x04, 0x82, 0x01, 0x00};
  longest.resize(4 + 0x100);
  EXPECT_EQ(der_content(kDerOctetString, longest)->size(), 0x100U);
}

TEST(Der, RefusesOtherTagsAndSpellings) {
  const Bytes bad[] = {
      {},
      {0x04},
      {0x0C, 0x00},              // another tag
      {0x04, 0x01},              // cut
      {0x04, 0x00, 0x00},        // something behind it
      {0x04, 0x81, 0x01, 0x00},  // a long form of a short length
      {0x04, 0x82, 0x00, 0x01, 0x00},
      {0x04, 0x80},                          // no definite length
      {0x04, 0x84, 0x00, 0x00, 0x00, 0x00},  // longer than any
      {0x04, 0x81},
  };
  for (const Bytes& der : bad) EXPECT_FALSE(der_content(kDerOctetString, der).has_value());
}

}  // namespace
}  // namespace tegula::attest

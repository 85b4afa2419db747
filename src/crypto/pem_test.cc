#include "crypto/pem.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tegula::crypto {
namespace {

using ::testing::ElementsAre;

TEST(Pem, ReadsBackWhatItPrints) {
  Bytes bytes;
  for (int i = 0; i < 200; ++i) {
    EXPECT_EQ(pem_decode("PUBLIC KEY", pem_encode("PUBLIC KEY", bytes)).value(), bytes);
    bytes.push_back(static_cast<std::uint8_t>(i));
  }
}

TEST(Pem, BreaksLinesAfter64Characters) {
  EXPECT_EQ(pem_encode("X", Bytes(49, 0)),
            "-----BEGIN X-----\n" + std::string(64, 'A') + "\nAA==\n-----END X-----\n");
}

TEST(Pem, TakesOtherLineEndsAndBlanksAround) {
  const Bytes want = {'a', 'b', 'c'};
  for (const char* text : {"-----BEGIN X-----\nYWJj\n-----END X-----",
                           "\n -----BEGIN X-----\r\nYW\r\nJj\r\n-----END X-----\r\n\r\n"})
    EXPECT_EQ(pem_decode("X", text).value(), want);
}

TEST(Pem, RefusesAnythingButOneBlock) {
  const std::string block = "-----BEGIN X-----\nYWJj\n-----END X-----\n";
  const std::string bad[] = {
      "",
      "YWJj",
      "text\n" + block,
      block + "text",
      block + block,
      "-----BEGIN Y-----\nYWJj\n-----END Y-----\n",
      "-----BEGIN X-----\nYWJj\n-----END Y-----\n",
      "-----BEGIN X-----\nYWJj\n",
      "-----BEGIN X-----YWJj-----END X-----\n",
      "-----BEGIN X-----\nA: b\n\nYWJj\n-----END X-----\n",
      "-----BEGIN X-----\nYW Jj\n-----END X-----\n",
      "-----BEGIN X-----\nYWJ\n-----END X-----\n",
      "-----BEGIN X----------END X-----\n",
      "-----BEGIN X-----",
  };
  for (const std::string& text : bad) {
    const auto bytes = pem_decode("X", text);
    ASSERT_FALSE(bytes) << text;
    EXPECT_EQ(bytes.error().code, Code::InvalidArgument);
  }
}

TEST(Pem, ReadsSeveralBlocks) {
  const std::string a = pem_encode("X", bytes_of("a")), b = pem_encode("X", bytes_of("b"));
  const Bytes want_a = {'a'}, want_b = {'b'};
  EXPECT_THAT(pem_decode_all("X", a, 1).value(), ElementsAre(want_a));
  EXPECT_THAT(pem_decode_all("X", a + b, 2).value(), ElementsAre(want_a, want_b));
  EXPECT_THAT(pem_decode_all("X", "\n" + b + "\r\n \n" + a + "\n", 2).value(),
              ElementsAre(want_b, want_a));
  EXPECT_EQ(pem_decode_all("X", a + b + a, 2).error().code, Code::Exhausted);
  const std::string bad[] = {"",
                             " ",
                             a + "text",
                             "text" + a,
                             a + "text\n" + b,
                             a + pem_encode("Y", bytes_of("b")),
                             a + b.substr(0, 20)};
  for (const std::string& text : bad)
    EXPECT_EQ(pem_decode_all("X", text, 9).error().code, Code::InvalidArgument) << text;
}

}  // namespace
}  // namespace tegula::crypto

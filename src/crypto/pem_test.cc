#include "crypto/pem.h"

#include <gtest/gtest.h>

namespace tegula::crypto {
namespace {

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

}  // namespace
}  // namespace tegula::crypto

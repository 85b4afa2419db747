#include "crypto/sha256.h"

#include <string>

#include <gtest/gtest.h>

#include "base/hex.h"

namespace tegula::crypto {
namespace {

std::string hex(const Hash256& hash) { return hex_encode(hash); }

// FIPS 180-4 examples and NIST's short-message vectors.
TEST(Sha256, GivesThePublishedDigests) {
  struct Case {
    std::string text;
    const char* want;
  };
  const Case cases[] = {
      {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
      {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
      {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
       "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
      {std::string(1'000'000, 'a'),
       "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
  };
  for (const Case& c : cases) EXPECT_EQ(hex(sha256(bytes_of(c.text))), c.want);
}

TEST(Sha256, DoesNotCareHowAMessageIsCut) {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += static_cast<char>(i * 7);
  const Hash256 whole = sha256(bytes_of(text));
  Sha256 hasher;
  for (std::size_t step = 1; step < 200; ++step) {
    for (std::size_t at = 0; at < text.size(); at += step)
      hasher.update(bytes_of(std::string_view(text).substr(at, step)));
    EXPECT_EQ(hasher.finish(), whole) << step;
  }
}

TEST(Sha256, StartsAnewAfterFinishAndMoves) {
  Sha256 first;
  first.update(bytes_of("abc"));
  Sha256 second = std::move(first);
  EXPECT_EQ(second.finish(), sha256(bytes_of("abc")));
  EXPECT_EQ(second.finish(), sha256({}));
}

}  // namespace
}  // namespace tegula::crypto

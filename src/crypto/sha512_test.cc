#include "crypto/sha512.h"

#include <gtest/gtest.h>

#include "base/hex.h"

namespace tegula::crypto {
namespace {

// FIPS 180-4's example "abc", and the empty message.
TEST(Sha512, GivesThePublishedDigests) {
  EXPECT_EQ(hex_encode(sha384(bytes_of("abc"))),
            "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
            "8086072ba1e7cc2358baeca134c825a7");
  EXPECT_EQ(hex_encode(sha512(bytes_of("abc"))),
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
            "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f");
  EXPECT_EQ(hex_encode(sha384({})),
            "38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da"
            "274edebfe76f65fbd51ad2f14898b95b");
}

}  // namespace
}  // namespace tegula::crypto

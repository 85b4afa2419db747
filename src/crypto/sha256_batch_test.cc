#include "crypto/sha256_batch.h"

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

#include "crypto/sha256_lanes.h"

namespace tegula::crypto {
namespace {

Bytes make_messages(std::size_t size) {
  Bytes out(size);
  std::uint32_t state = 1;
  for (std::uint8_t& byte : out)
    byte = static_cast<std::uint8_t>((state = state * 1664525 + 1013904223) >> 24);
  return out;
}

// Every way this processor has.
std::vector<std::size_t> ways() {
  std::vector<std::size_t> out;
  for (const std::size_t lanes : {1, 8, 16})
    if (has_sha256_lanes(lanes)) out.push_back(lanes);
  return out;
}

TEST(Sha256Batch, HashesEachMessageAsAloneInEveryWay) {
  for (const std::size_t lanes : ways()) {
    for (const std::size_t size : {0, 1, 32, 63, 64, 65, 128, 1000, 4096, 16384}) {
      for (const std::size_t count : {0, 1, 7, 8, 9, 15, 16, 17, 33, 48}) {
        const Bytes messages = make_messages(size * count);
        std::vector<Hash256> hashes(count);
        sha256_batch(messages, size, hashes, lanes);
        for (std::size_t i = 0; i < count; ++i)
          ASSERT_EQ(hashes[i], sha256(ByteView(messages).subspan(i * size, size)))
              << lanes << " lanes, message " << i << " of " << count << " of " << size << " bytes";
      }
    }
  }
}

TEST(Sha256Batch, TakesTheProcessorsOwnWay) {
  EXPECT_EQ(std::ranges::count(ways(), sha256_lanes()), 1);
  const Bytes messages = make_messages(64 * 64);
  std::vector<Hash256> hashes(64);
  sha256_batch(messages, 64, hashes);
  for (std::size_t i = 0; i < hashes.size(); ++i)
    EXPECT_EQ(hashes[i], sha256(ByteView(messages).subspan(i * 64, 64))) << i;
}

}  // namespace
}  // namespace tegula::crypto

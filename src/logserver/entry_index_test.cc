#include "logserver/entry_index.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tegula::logserver {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

tlog::Hash256 hash(std::uint64_t number) {
  return tlog::leaf_hash(bytes_of(fmt::to_string(number)));
}

TEST(EntryIndex, FindsWhatWasInserted) {
  EntryIndex index(7);
  EXPECT_THAT(index.find(hash(0)), IsEmpty());
  constexpr std::uint64_t kMany = 5000;
  for (std::uint64_t i = 0; i < kMany; ++i) index.insert(hash(i), i);
  EXPECT_EQ(index.count(), kMany);
  for (std::uint64_t i = 0; i < kMany; ++i) ASSERT_THAT(index.find(hash(i)), ElementsAre(i));
  for (std::uint64_t i = kMany; i < 2 * kMany; ++i) ASSERT_THAT(index.find(hash(i)), IsEmpty());
}

TEST(EntryIndex, NamesAllThatBeginAlike) {
  EntryIndex index(7);
  tlog::Hash256 one = hash(1), other = one;
  other[31] ^= 1;
  index.insert(other, 9);
  index.insert(one, 4);
  EXPECT_THAT(index.find(one), ElementsAre(4U, 9U));
}

}  // namespace
}  // namespace tegula::logserver

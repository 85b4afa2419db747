#include "logserver/tile_store.h"

#include <gtest/gtest.h>

#include "logserver/sample_log.h"
#include "os/temporary_folder.h"

namespace tegula::logserver {
namespace {

class TileStoreTest : public ::testing::Test {
 protected:
  TileStoreTest() : sample_(fs_, folder_ / "log") {
    EXPECT_TRUE(sample_.create());
    EXPECT_TRUE(sample_.open());
    for (const auto& placed : sample_.add(sample_entries(0, 300))) EXPECT_TRUE(placed);
  }

  os::PosixFileSystem fs_;
  const os::TemporaryFolder folder_;
  SampleLog sample_;
  const TileStore store_{fs_, folder_ / "log" / "public"};
};

TEST_F(TileStoreTest, ReadsEveryEntryOfEverySize) {
  for (const std::uint64_t size : {300U, 256U, 200U})
    for (std::uint64_t index = 0; index < size; index += 37) {
      const auto entry = store_.read_entry(index, size);
      ASSERT_TRUE(entry) << entry.error().text;
      EXPECT_EQ(text_of(*entry), sample_entries(index, 1)[0]);
      EXPECT_EQ(store_.read_leaf(index, size).value(), tlog::leaf_hash(*entry));
    }
}

TEST_F(TileStoreTest, CutsAFullTileWhereThePartialOneIsGone) {
  EXPECT_EQ(store_.read_tile({.level = 0, .index = 0, .width = 7}).value().size(), 7U * 32);
  EXPECT_EQ(
      tlog::parse_bundle(store_.read_bundle({.index = 0, .width = 7}).value(), 7).value().size(),
      7U);
  EXPECT_EQ(store_.read_tile({.level = 0, .index = 1, .width = 43}).error().code, Code::NotFound);
  EXPECT_EQ(store_.read_tile({.level = 0, .index = 1, .width = 44}).value().size(), 44U * 32);
  EXPECT_EQ(store_.read_tile({.level = 0, .index = 2}).error().code, Code::NotFound);
}

}  // namespace
}  // namespace tegula::logserver

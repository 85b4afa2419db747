#include "logserver/log_tree.h"

#include <gtest/gtest.h>

#include "logserver/sample_log.h"
#include "os/temporary_folder.h"
#include "tlog/memory_tree.h"

namespace tegula::logserver {
namespace {

Bytes entry(std::uint64_t number) {
  const std::string text = sample_entries(number, 1)[0];
  return Bytes(text.begin(), text.end());
}

class LogTreeTest : public ::testing::Test {
 protected:
  // Appends up to `size` and writes what changed.
  void grow(LogTree& tree, std::uint64_t size) {
    for (std::uint64_t i = tree.size(); i < size; ++i)
      ASSERT_TRUE(tree.append(entry(i), tlog::leaf_hash(entry(i))));
    ASSERT_TRUE(files_.write(tree.take()));
  }
  tlog::TreeHead head(std::uint64_t size) {
    tlog::MemoryTree tree;
    for (std::uint64_t i = 0; i < size; ++i) tree.append(tlog::leaf_hash(entry(i)));
    return tree.head(size);
  }

  os::PosixFileSystem fs_;
  const os::TemporaryFolder folder_;
  FileBatch files_ = FileBatch::open(fs_, folder_ / "public", folder_ / "tmp").value();
  const TileStore store_{fs_, folder_ / "public"};
};

TEST_F(LogTreeTest, GoesOnFromAnySize) {
  for (const std::uint64_t size : {0U, 1U, 255U, 256U, 257U, 511U, 512U}) {
    auto tree = LogTree::resume(store_, head(size));
    ASSERT_TRUE(tree) << size << ": " << tree.error().text;
    grow(*tree, size + 130);
    EXPECT_EQ(tree->head(), head(size + 130));
    auto again = LogTree::resume(store_, head(size));  // as if the round had never been signed
    ASSERT_TRUE(again) << size;
    grow(*again, 610);
    for (std::uint64_t i = 0; i < 610; i += 61)
      EXPECT_EQ(store_.read_entry(i, 610).value(), entry(i)) << size;
  }
}

TEST_F(LogTreeTest, DoesNotGoOnFromOtherFiles) {
  auto tree = LogTree::resume(store_, head(0)).value();
  grow(tree, 300);
  tlog::TreeHead wrong = head(300);
  wrong.root[0] ^= 1;
  EXPECT_EQ(LogTree::resume(store_, wrong).error().code, Code::Corrupt);
  const os::Path bundle = folder_ / "public" / "tile/entries/001.p/44";
  std::string bytes = os::read_file(fs_, bundle, 10'000).value();
  bytes[5] ^= 1;
  ASSERT_TRUE(os::write_durably(fs_, bundle, bytes_of(bytes)));
  EXPECT_EQ(LogTree::resume(store_, head(300)).error().code, Code::Corrupt);
}

}  // namespace
}  // namespace tegula::logserver

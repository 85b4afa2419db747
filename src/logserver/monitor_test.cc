#include "logserver/monitor.h"

#include <gtest/gtest.h>

#include "logserver/sample_log.h"
#include "os/temporary_folder.h"

namespace tegula::logserver {
namespace {

class MonitorTest : public ::testing::Test {
 protected:
  MonitorTest() {
    key_ = sample_.create();
    EXPECT_TRUE(sample_.open());
  }
  void grow(std::size_t first, std::size_t count) {
    sample_.add(sample_entries(first, count));
    ASSERT_TRUE(sample_.publish());
  }

  os::PosixFileSystem fs_;
  const os::TemporaryFolder folder_;
  SampleLog sample_{fs_, folder_ / "log"};
  const TileStore store_{fs_, folder_ / "log" / "public"};
  Result<tlog::NoteKey> key_ = fail(Code::Internal, "");
};

TEST_F(MonitorTest, FollowsALog) {
  EXPECT_EQ(observe(store_, *key_, std::nullopt).error().code, Code::NotFound);
  std::optional<std::string> seen;
  std::uint64_t total = 0;
  for (const std::size_t count : {0U, 300U, 1U, 0U, 300U}) {
    grow(total, count);
    const auto now = observe(store_, *key_, seen);
    ASSERT_TRUE(now) << now.error().text;
    EXPECT_EQ(now->new_entries(), count);
    std::uint64_t next = total;
    ASSERT_TRUE(read_entries(store_, now->now.checkpoint.head, total,
                             [&](std::uint64_t index, ByteView entry) -> Result<void> {
                               EXPECT_EQ(index, next);
                               EXPECT_EQ(text_of(entry), sample_entries(next++, 1)[0]);
                               return {};
                             }));
    total += count;
    EXPECT_EQ(next, total);
    seen = now->note;
  }
}

// A log that shows two histories: whoever holds a checkpoint of the other one notices.
TEST_F(MonitorTest, CatchesASplitView) {
  grow(0, 50);
  const auto before = observe(store_, *key_, std::nullopt).value();
  sample_.close();
  const os::TemporaryFolder elsewhere;
  std::filesystem::copy(folder_ / "log", elsewhere / "log",
                        std::filesystem::copy_options::recursive);
  ASSERT_TRUE(sample_.open());
  grow(50, 50);
  const auto here = observe(store_, *key_, before.note).value();
  SampleLog twin(fs_, elsewhere / "log");
  ASSERT_TRUE(twin.open());
  const TileStore other(fs_, elsewhere / "log" / "public");
  for (const std::size_t count : {20U, 30U, 60U}) {
    twin.add(sample_entries(1000 + count, count));
    ASSERT_TRUE(twin.publish());
    EXPECT_TRUE(observe(other, *key_, before.note));  // either alone looks good
    const auto caught = observe(other, *key_, here.note);
    ASSERT_FALSE(caught);
    EXPECT_EQ(caught.error().code, Code::Untrusted);
  }
}

// Such as a mirror that lags, or a cache: what it shows is true, and old.
TEST_F(MonitorTest, CallsAnOlderCheckpointOld) {
  const os::Path path = folder_ / "log/public/checkpoint";
  grow(0, 50);
  const std::string old = os::read_file(fs_, path, 10'000).value();
  grow(50, 50);
  const auto before = observe(store_, *key_, std::nullopt).value();
  ASSERT_TRUE(os::write_durably(fs_, path, bytes_of(old)));
  const auto now = observe(store_, *key_, before.note);
  ASSERT_FALSE(now);
  EXPECT_EQ(now.error().code, Code::Unavailable);
  EXPECT_NE(now.error().text.find("older"), std::string::npos) << now.error().text;
}

TEST_F(MonitorTest, TakesNoEntryThatIsNotInTheTree) {
  grow(0, 10);
  const auto now = observe(store_, *key_, std::nullopt).value();
  const os::Path path = folder_ / "log/public/tile/entries/000.p/10";
  std::string bytes = os::read_file(fs_, path, 1000).value();
  bytes.back() ^= 1;
  ASSERT_TRUE(os::write_durably(fs_, path, bytes_of(bytes)));
  std::uint64_t seen = 0;
  EXPECT_EQ(read_entries(store_, now.now.checkpoint.head, 0,
                         [&](std::uint64_t, ByteView) -> Result<void> {
                           ++seen;
                           return {};
                         })
                .error()
                .code,
            Code::Untrusted);
  EXPECT_EQ(seen, 9U);
}

}  // namespace
}  // namespace tegula::logserver

#include "logserver/file_batch.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "os/faulty_file_system.h"
#include "os/recording_file_system.h"
#include "os/temporary_folder.h"

namespace tegula::logserver {
namespace {

using Kind = os::Operation::Kind;

NewFile file(std::string path, std::string_view text) {
  const ByteView bytes = bytes_of(text);
  return {std::move(path), Bytes(bytes.begin(), bytes.end())};
}

std::vector<os::Operation> of_kind(const os::Record& record, Kind kind) {
  std::vector<os::Operation> out;
  std::ranges::copy_if(record, std::back_inserter(out),
                       [&](const os::Operation& op) { return op.kind == kind; });
  return out;
}

class FileBatchTest : public ::testing::Test {
 protected:
  FileBatch open(os::FileSystem& fs) {
    return FileBatch::open(fs, folder_ / "public", folder_ / "tmp").value();
  }
  std::string read(const char* name) {
    return os::read_file(posix_, folder_ / "public" / name, 100).value_or("(none)");
  }

  os::TemporaryFolder folder_;
  os::PosixFileSystem posix_;
};

TEST_F(FileBatchTest, WritesFilesAndTheirFolders) {
  FileBatch batch = open(posix_);
  ASSERT_TRUE(batch.write(std::vector{file("a/b/c", "one"), file("a/d", "two"), file("e", "")}));
  EXPECT_EQ(read("a/b/c"), "one");
  EXPECT_EQ(read("a/d"), "two");
  EXPECT_EQ(read("e"), "");
  ASSERT_TRUE(batch.write(std::vector{file("a/d", "three")}));
  EXPECT_EQ(read("a/d"), "three");
  EXPECT_TRUE(posix_.list(folder_ / "tmp").value().empty());
}

TEST_F(FileBatchTest, SyncsEachFileBeforeItsNameAndEachFolderOnce) {
  os::RecordingFileSystem recording(posix_, folder_.path());
  FileBatch batch = open(recording);
  ASSERT_TRUE(batch.write(std::vector{file("a/1", "x")}));
  const std::size_t before = recording.record().size();
  ASSERT_TRUE(batch.write(std::vector{file("a/2", "x"), file("a/3", "x"), file("4", "x")}));
  os::Record record = recording.record();
  record.erase(record.begin(), record.begin() + static_cast<std::ptrdiff_t>(before));
  EXPECT_EQ(of_kind(record, Kind::Sync).size(), 3U);
  EXPECT_EQ(of_kind(record, Kind::SyncFolder).size(), 2U);
  const auto first_name = std::ranges::find(record, Kind::Rename, &os::Operation::kind);
  EXPECT_EQ(std::ranges::count(record.begin(), first_name, Kind::Sync, &os::Operation::kind), 3);
  EXPECT_EQ(record.back().kind, Kind::SyncFolder);
}

// One that a killed program made may be in memory only.
TEST_F(FileBatchTest, SyncsTheNamesOfFoldersThatWereThere) {
  ASSERT_TRUE(os::make_folders(posix_, folder_ / "public" / "a"));
  os::RecordingFileSystem recording(posix_, folder_.path());
  FileBatch batch = open(recording);
  ASSERT_TRUE(batch.write(std::vector{file("a/1", "x")}));
  std::vector<std::string> synced;
  for (const os::Operation& op : of_kind(recording.record(), Kind::SyncFolder))
    synced.push_back(op.path.native());
  EXPECT_TRUE(std::ranges::count(synced, "public/a") >= 1);
  EXPECT_TRUE(std::ranges::count(synced, "public") >= 2);  // as found, and by the batch
}

TEST_F(FileBatchTest, RemovesWhatAKillLeft) {
  ASSERT_TRUE(os::make_folders(posix_, folder_ / "tmp"));
  ASSERT_TRUE(os::write_durably(posix_, folder_ / "tmp" / "0", bytes_of("half")));
  FileBatch batch = open(posix_);
  EXPECT_TRUE(posix_.list(folder_ / "tmp").value().empty());
}

TEST_F(FileBatchTest, GoesOnAfterAFailure) {
  ASSERT_TRUE(open(posix_).write(std::vector{file("a", "old")}));
  for (std::size_t at = 0;; ++at) {
    os::FaultyFileSystem faulty(posix_, {.at = at, .short_append = true});
    auto batch = FileBatch::open(faulty, folder_ / "public", folder_ / "tmp");
    if (!batch) continue;
    const auto written = batch->write(std::vector{file("a", "new"), file("b/c", "x")});
    if (written) break;
    EXPECT_EQ(written.error().code, Code::DiskFull);
    EXPECT_TRUE(read("a") == "old" || read("a") == "new");
    ASSERT_TRUE(batch->write(std::vector{file("a", "old"), file("b/c", "y")})) << at;
    EXPECT_EQ(read("b/c"), "y");
  }
  EXPECT_EQ(read("a"), "new");
}

}  // namespace
}  // namespace tegula::logserver

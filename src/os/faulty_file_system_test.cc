#include "os/faulty_file_system.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "os/temporary_folder.h"

namespace tegula::os {
namespace {

using ::testing::AnyOf;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr Fault kNever{.at = 1'000'000};

TEST(FaultyFileSystem, CountsChangesAndNotReads) {
  const TemporaryFolder folder;
  PosixFileSystem posix;
  FaultyFileSystem fs(posix, kNever);
  ASSERT_TRUE(write_durably(fs, folder / "a", bytes_of("one")));
  EXPECT_EQ(fs.changes(), 5U);  // create, append, sync, rename, sync folder
  EXPECT_EQ(read_file(fs, folder / "a", 10).value(), "one");
  EXPECT_TRUE(fs.stat(folder / "a"));
  EXPECT_TRUE(fs.list(folder.path()));
  EXPECT_TRUE(fs.free_bytes(folder.path()));
  EXPECT_TRUE(fs.lock(folder / "lock", LockMode::Shared, true));
  EXPECT_EQ(fs.changes(), 5U);
}

TEST(FaultyFileSystem, FailsTheOneItWasTold) {
  for (std::size_t at = 0; at < 5; ++at) {
    const TemporaryFolder folder;
    PosixFileSystem posix;
    ASSERT_TRUE(write_durably(posix, folder / "a", bytes_of("old")));
    FaultyFileSystem fs(posix, {.at = at, .code = Code::PermissionDenied});
    const auto written = write_durably(fs, folder / "a", bytes_of("new"));
    ASSERT_FALSE(written) << at;
    EXPECT_EQ(written.error().code, Code::PermissionDenied);
    EXPECT_EQ(read_file(posix, folder / "a", 10).value(), at < 4 ? "old" : "new");
    EXPECT_THAT(posix.list(folder.path()).value(), ElementsAre("a"));  // cleaned up
    EXPECT_TRUE(write_durably(fs, folder / "a", bytes_of("newer")));
  }
}

TEST(FaultyFileSystem, CountsWritesInTheMiddle) {
  const TemporaryFolder folder;
  PosixFileSystem posix;
  ASSERT_TRUE(write_durably(posix, folder / "a", bytes_of("123456")));
  FaultyFileSystem fs(posix, {.at = 1, .short_append = true});
  const auto file = fs.open_to_write(folder / "a").value();
  EXPECT_TRUE(file->write_at(0, bytes_of("x")));
  EXPECT_EQ(file->write_at(2, bytes_of("yyyy")).error().code, Code::DiskFull);
  EXPECT_EQ(read_file(posix, folder / "a", 10).value(), "x2yy56");
  EXPECT_EQ(fs.changes(), 2U);
}

TEST(FaultyFileSystem, AFullDiskStaysFullButLetsRemove) {
  const TemporaryFolder folder;
  PosixFileSystem posix;
  FaultyFileSystem fs(posix, {.at = 1, .lasting = true, .short_append = true});
  const auto file = fs.create(folder / "a", 0644).value();
  EXPECT_EQ(file->append(bytes_of("123456")).error().code, Code::DiskFull);
  EXPECT_EQ(read_file(posix, folder / "a", 10).value(), "123");
  EXPECT_FALSE(file->append(bytes_of("x")));
  EXPECT_FALSE(file->sync());
  EXPECT_FALSE(fs.create(folder / "b", 0644));
  EXPECT_FALSE(fs.make_folder(folder / "c", 0755));
  EXPECT_FALSE(fs.link(folder / "a", folder / "d"));
  EXPECT_FALSE(fs.reflink(*file, folder / "e", 0644));
  EXPECT_TRUE(fs.set_mode(folder / "a", 0600));
  EXPECT_TRUE(fs.rename(folder / "a", folder / "f"));
  EXPECT_TRUE(fs.sync_folder(folder.path()));
  EXPECT_TRUE(fs.remove(folder / "f"));
  EXPECT_THAT(posix.list(folder.path()).value(), IsEmpty());
}

TEST(FaultyFileSystem, AReadOnlyDiskLetsNothing) {
  const TemporaryFolder folder;
  PosixFileSystem posix;
  FaultyFileSystem fs(posix, {.at = 0, .code = Code::PermissionDenied, .lasting = true});
  EXPECT_FALSE(fs.create(folder / "a", 0644));
  EXPECT_FALSE(fs.set_mode(folder.path(), 0700));
  EXPECT_FALSE(fs.rename(folder / "a", folder / "b"));
  EXPECT_FALSE(fs.remove(folder / "a"));
  EXPECT_EQ(fs.changes(), 4U);
}

}  // namespace
}  // namespace tegula::os

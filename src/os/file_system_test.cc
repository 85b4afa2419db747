#include "os/file_system.h"

#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "os/errno.h"
#include "os/temporary_folder.h"
#include "os/unprivileged.h"

namespace tegula::os {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

template <class T>
Code code_of(const Result<T>& result) {
  return result ? Code::Internal : result.error().code;
}

class PosixFileSystemTest : public ::testing::Test {
 protected:
  void put(const Path& path, std::string_view text, std::uint32_t mode = 0644) {
    const auto file = fs.create(path, mode);
    ASSERT_TRUE(file) << file.error().text;
    ASSERT_TRUE((*file)->append(bytes_of(text)));
  }
  std::string get(const Path& path) { return read_file(fs, path, 1 << 20).value(); }

  TemporaryFolder folder;
  PosixFileSystem fs;
};

TEST_F(PosixFileSystemTest, CreatesAppendsAndReads) {
  const auto file = fs.create(folder / "a", 0640).value();
  EXPECT_TRUE(file->append(bytes_of("hello ")));
  EXPECT_TRUE(file->append(bytes_of("world")));
  EXPECT_TRUE(file->append({}));
  EXPECT_TRUE(file->sync());
  EXPECT_EQ(file->stat()->size, 11U);

  const auto reader = fs.open(folder / "a").value();
  Bytes buffer(8);
  EXPECT_EQ(reader->read_at(6, buffer).value(), 5U);
  EXPECT_EQ(text_of(ByteView(buffer).first(5)), "world");
  EXPECT_EQ(reader->read_at(100, buffer).value(), 0U);
  EXPECT_NE(::fcntl(reader->descriptor(), F_GETFD) & FD_CLOEXEC, 0);
  EXPECT_NE(::fcntl(file->descriptor(), F_GETFD) & FD_CLOEXEC, 0);
}

TEST_F(PosixFileSystemTest, WritesInTheMiddle) {
  put(folder / "a", "hello world");
  const auto file = fs.open_to_write(folder / "a").value();
  EXPECT_TRUE(file->write_at(6, bytes_of("there")));
  EXPECT_TRUE(file->write_at(13, bytes_of("!")));
  EXPECT_TRUE(file->write_at(0, {}));
  EXPECT_TRUE(file->append(bytes_of("?"))) << "behind what is there, whatever was written last";
  EXPECT_EQ(get(folder / "a"), std::string("hello there\0\0!?", 15));
  EXPECT_EQ(code_of(fs.open_to_write(folder / "no")), Code::NotFound);
  EXPECT_EQ(code_of(fs.open_to_write(folder.path())), Code::InvalidArgument);
  EXPECT_FALSE(fs.open(folder / "a").value()->write_at(0, bytes_of("x")));
}

TEST_F(PosixFileSystemTest, RefusesWhatIsNotThere) {
  EXPECT_EQ(code_of(fs.open(folder / "no")), Code::NotFound);
  EXPECT_EQ(code_of(fs.stat(folder / "no")), Code::NotFound);
  EXPECT_EQ(code_of(fs.list(folder / "no")), Code::NotFound);
  EXPECT_EQ(code_of(fs.remove(folder / "no")), Code::NotFound);
  EXPECT_EQ(code_of(fs.rename(folder / "no", folder / "b")), Code::NotFound);
  EXPECT_EQ(code_of(fs.link(folder / "no", folder / "b")), Code::NotFound);
  EXPECT_EQ(code_of(fs.set_mode(folder / "no", 0600)), Code::NotFound);
  EXPECT_EQ(code_of(fs.sync_folder(folder / "no")), Code::NotFound);
  EXPECT_EQ(code_of(fs.free_bytes(folder / "no")), Code::NotFound);
  EXPECT_EQ(code_of(fs.create(folder / "no" / "b", 0644)), Code::NotFound);
  EXPECT_EQ(code_of(fs.lock(folder / "no" / "lock", LockMode::Shared, true)), Code::NotFound);
  EXPECT_THAT(fs.open(folder / "no").error().text, HasSubstr((folder / "no").native()));
}

TEST_F(PosixFileSystemTest, RefusesWhatIsThereAlready) {
  put(folder / "a", "old");
  EXPECT_EQ(code_of(fs.create(folder / "a", 0644)), Code::AlreadyExists);
  EXPECT_EQ(code_of(fs.make_folder(folder / "a", 0755)), Code::AlreadyExists);
  put(folder / "b", "b");
  EXPECT_EQ(code_of(fs.link(folder / "a", folder / "b")), Code::AlreadyExists);
  ASSERT_TRUE(fs.make_folder(folder / "full", 0755));
  put(folder / "full" / "x", "");
  EXPECT_EQ(code_of(fs.remove(folder / "full")), Code::AlreadyExists);
  EXPECT_EQ(get(folder / "a"), "old");
}

TEST_F(PosixFileSystemTest, OpensFilesOnly) {
  EXPECT_EQ(code_of(fs.open(folder.path())), Code::InvalidArgument);
  ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
  EXPECT_EQ(code_of(fs.open(folder / "pipe")), Code::InvalidArgument);  // and does not wait
  EXPECT_EQ(fs.stat(folder / "pipe")->kind, FileKind::Other);
  put(folder / "a", "");
  EXPECT_EQ(code_of(fs.open(folder / "a" / "b")), Code::InvalidArgument);
  EXPECT_EQ(code_of(fs.list(folder / "a")), Code::InvalidArgument);
  EXPECT_EQ(code_of(fs.open(folder / std::string(300, 'x'))), Code::InvalidArgument);
}

TEST_F(PosixFileSystemTest, StatDoesNotFollowALink) {
  put(folder / "a", "12345");
  std::filesystem::create_symlink("a", folder / "to-a");
  EXPECT_EQ(fs.stat(folder / "to-a")->kind, FileKind::Link);
  EXPECT_EQ(get(folder / "to-a"), "12345");
  std::filesystem::create_symlink("loop", folder / "loop");
  EXPECT_EQ(code_of(fs.open(folder / "loop")), Code::InvalidArgument);
  EXPECT_EQ(code_of(fs.create(folder / "loop", 0600)), Code::AlreadyExists);
  EXPECT_FALSE(fs.set_mode(folder / "to-a", 0400));

  const FileStat stat = fs.stat(folder / "a").value();
  EXPECT_EQ(stat.kind, FileKind::File);
  EXPECT_EQ(stat.size, 5U);
  EXPECT_EQ(stat.owner, ::geteuid());
  EXPECT_EQ(stat.links, 1U);
  EXPECT_GT(stat.modified_ns, 1'600'000'000'000'000'000);
  EXPECT_GE(stat.changed_ns, stat.modified_ns);
}

TEST_F(PosixFileSystemTest, ListsNamesSorted) {
  for (const char* name : {"b", "a", ".hidden", "Z"}) put(folder / name, "");
  EXPECT_THAT(fs.list(folder.path()).value(), ElementsAre(".hidden", "Z", "a", "b"));
}

TEST_F(PosixFileSystemTest, RenamesLinksAndSetsModes) {
  put(folder / "a", "new");
  put(folder / "b", "old");
  ASSERT_TRUE(fs.rename(folder / "a", folder / "b"));
  EXPECT_EQ(get(folder / "b"), "new");
  EXPECT_FALSE(exists(fs, folder / "a").value());
  ASSERT_TRUE(fs.link(folder / "b", folder / "c"));
  EXPECT_EQ(fs.stat(folder / "c")->links, 2U);
  EXPECT_EQ(fs.stat(folder / "c")->inode, fs.stat(folder / "b")->inode);
  ASSERT_TRUE(fs.set_mode(folder / "c", 0444));
  EXPECT_EQ(fs.stat(folder / "b")->mode, 0444U);
  EXPECT_TRUE(fs.sync_folder(folder.path()));
  EXPECT_GT(fs.free_bytes(folder.path()).value(), 0U);
}

TEST_F(PosixFileSystemTest, ReflinksOrSaysItCannot) {
  put(folder / "a", "shared");
  const auto made = fs.reflink(*fs.open(folder / "a").value(), folder / "b", 0644);
  if (made) {
    EXPECT_EQ(get(folder / "b"), "shared");
  } else {
    EXPECT_EQ(made.error().code, Code::Unsupported) << made.error().text;
    EXPECT_FALSE(exists(fs, folder / "b").value());
  }
  put(folder / "c", "mine");
  EXPECT_EQ(code_of(fs.reflink(*fs.open(folder / "a").value(), folder / "c", 0644)),
            Code::AlreadyExists);
  EXPECT_EQ(get(folder / "c"), "mine");
}

TEST_F(PosixFileSystemTest, LocksShutOutOthersUntilDropped) {
  const Path path = folder / "lock";
  auto shared = fs.lock(path, LockMode::Shared, false);
  ASSERT_TRUE(shared);
  EXPECT_TRUE(fs.lock(path, LockMode::Shared, false));
  EXPECT_EQ(code_of(fs.lock(path, LockMode::Exclusive, false)), Code::Unavailable);
  shared->reset();
  auto alone = fs.lock(path, LockMode::Exclusive, false);
  ASSERT_TRUE(alone);
  EXPECT_EQ(code_of(fs.lock(path, LockMode::Shared, false)), Code::Unavailable);
  run_unprivileged([&] { EXPECT_FALSE(PosixFileSystem().lock(path, LockMode::Shared, false)); });
  alone->reset();
  EXPECT_TRUE(fs.lock(path, LockMode::Exclusive, true));
}

TEST_F(PosixFileSystemTest, SaysWhenPermissionIsMissing) {
  ASSERT_EQ(::chmod(folder.path().c_str(), 0777), 0);
  run_unprivileged([&] {
    ASSERT_TRUE(fs.make_folder(folder / "closed", 0755));
    put(folder / "closed" / "a", "secret", 0000);
    const auto opened = fs.open(folder / "closed" / "a");
    EXPECT_EQ(code_of(opened), Code::PermissionDenied);
    EXPECT_FALSE(opened.error().hint.empty());
    ASSERT_TRUE(fs.set_mode(folder / "closed", 0555));
    EXPECT_EQ(code_of(fs.create(folder / "closed" / "b", 0644)), Code::PermissionDenied);
    EXPECT_EQ(code_of(fs.remove(folder / "closed" / "a")), Code::PermissionDenied);
    EXPECT_EQ(code_of(fs.make_folder(folder / "closed" / "c", 0755)), Code::PermissionDenied);
    EXPECT_EQ(code_of(write_durably(fs, folder / "closed" / "w", {})), Code::PermissionDenied);
    EXPECT_EQ(code_of(make_folders(fs, folder / "closed" / "d" / "e")), Code::PermissionDenied);
    EXPECT_EQ(code_of(fs.lock(folder / "closed" / "lock", LockMode::Shared, true)),
              Code::PermissionDenied);
    ASSERT_TRUE(fs.set_mode(folder / "closed", 0000));
    EXPECT_EQ(code_of(fs.list(folder / "closed")), Code::PermissionDenied);
    EXPECT_EQ(code_of(exists(fs, folder / "closed" / "a")), Code::PermissionDenied);
  });
}

TEST_F(PosixFileSystemTest, LocksAStoreItMayOnlyRead) {
  const Path path = folder / "lock";
  ASSERT_TRUE(fs.lock(path, LockMode::Exclusive, false));
  ASSERT_EQ(::chmod(folder.path().c_str(), 0755), 0);
  ASSERT_TRUE(fs.set_mode(path, 0444));
  run_unprivileged([&] { EXPECT_TRUE(PosixFileSystem().lock(path, LockMode::Shared, false)); });
}

TEST_F(PosixFileSystemTest, SaysWhenOpenFilesRunOut) {
  run_unprivileged([&] {
    const rlimit few{0, 0};
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
    EXPECT_EQ(code_of(fs.open("/dev/null")), Code::Exhausted);
    EXPECT_EQ(code_of(fs.list("/")), Code::Exhausted);
  });
}

TEST_F(PosixFileSystemTest, SaysWhenTheDiskIsFull) {
  // Linux's own full disk.
  ASSERT_EQ(code_of_errno(ENOSPC), Code::DiskFull);
  run_unprivileged([&] {
    const int full = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
    ASSERT_GE(full, 0);
    EXPECT_EQ(::write(full, "x", 1), -1);
    const auto error = fail_errno(errno, "write to", "/dev/full").error();
    EXPECT_EQ(error.code, Code::DiskFull);
    EXPECT_EQ(error.text, "cannot write to \"/dev/full\": no space left on the disk");
    EXPECT_THAT(error.hint, HasSubstr("tegula store gc"));
  });
}

TEST(Errno, HasACodeForEach) {
  EXPECT_EQ(code_of_errno(EDQUOT), Code::DiskFull);
  EXPECT_EQ(code_of_errno(EROFS), Code::PermissionDenied);
  EXPECT_EQ(code_of_errno(EPERM), Code::PermissionDenied);
  EXPECT_EQ(code_of_errno(ENFILE), Code::Exhausted);
  EXPECT_EQ(code_of_errno(EXDEV), Code::Unsupported);
  EXPECT_EQ(code_of_errno(EIO), Code::Unavailable);
  EXPECT_EQ(code_of_errno(ECHILD), Code::Unavailable);
  EXPECT_EQ(errno_text(ECHILD), "system error ECHILD");
}

TEST_F(PosixFileSystemTest, ReadsAWholeFileUpToALimit) {
  put(folder / "a", "12345");
  EXPECT_EQ(read_file(fs, folder / "a", 5).value(), "12345");
  EXPECT_EQ(code_of(read_file(fs, folder / "a", 4)), Code::Exhausted);
  put(folder / "empty", "");
  EXPECT_EQ(read_file(fs, folder / "empty", 0).value(), "");
  const std::string large(200'000, 'x');
  put(folder / "large", large);
  EXPECT_EQ(read_file(fs, folder / "large", 200'000).value(), large);
  EXPECT_FALSE(read_file(fs, "/proc/self/status", 1 << 20)->empty());  // says its size is 0
  EXPECT_EQ(code_of(read_file(fs, "/proc/self/status", 10)), Code::Exhausted);
}

TEST_F(PosixFileSystemTest, WritesDurablyAndLeavesNothingElse) {
  ASSERT_TRUE(write_durably(fs, folder / "a", bytes_of("one")));
  ASSERT_TRUE(write_durably(fs, folder / "a", bytes_of("two"), 0600));
  EXPECT_EQ(get(folder / "a"), "two");
  EXPECT_EQ(fs.stat(folder / "a")->mode, 0600U);
  EXPECT_THAT(fs.list(folder.path()).value(), ElementsAre("a"));
}

TEST_F(PosixFileSystemTest, WritesDurablyBesideWhatOthersLeft) {
  put(folder / ".tegula-tmp-0", "left by a crash");
  ASSERT_TRUE(write_durably(fs, folder / std::string(255, 'n'), bytes_of("one")));
  EXPECT_EQ(get(folder / ".tegula-tmp-0"), "left by a crash");
  EXPECT_TRUE(is_temporary_name(".tegula-tmp-0"));
  EXPECT_FALSE(is_temporary_name("tegula-tmp-0"));
}

TEST_F(PosixFileSystemTest, CleansUpAfterADurableWriteThatFails) {
  ASSERT_TRUE(fs.make_folder(folder / "a", 0755));
  EXPECT_FALSE(write_durably(fs, folder / "a", bytes_of("one")));
  EXPECT_THAT(fs.list(folder.path()).value(), ElementsAre("a"));
  EXPECT_EQ(code_of(write_durably(fs, folder / "no" / "a", {})), Code::NotFound);
}

TEST_F(PosixFileSystemTest, MakesFoldersThroughLinksAndNotThroughFiles) {
  ASSERT_TRUE(make_folders(fs, folder / "a" / "b" / "c"));
  ASSERT_TRUE(make_folders(fs, folder / "a" / "b" / "c"));
  std::filesystem::create_directory_symlink("a", folder / "to-a");
  ASSERT_TRUE(make_folders(fs, folder / "to-a" / "d"));
  ASSERT_TRUE(make_folders(fs, folder / "to-a"));
  EXPECT_EQ(fs.stat(folder / "a" / "d")->kind, FileKind::Folder);
  std::filesystem::create_symlink("nowhere", folder / "dangling");
  EXPECT_EQ(code_of(make_folders(fs, folder / "dangling")), Code::AlreadyExists);
  put(folder / "file", "");
  EXPECT_EQ(code_of(make_folders(fs, folder / "file")), Code::AlreadyExists);
  EXPECT_EQ(code_of(make_folders(fs, folder / "file" / "x")), Code::AlreadyExists);
}

TEST_F(PosixFileSystemTest, RemovesATreeAndNotWhatLinksName) {
  ASSERT_TRUE(make_folders(fs, folder / "tree" / "sub"));
  ASSERT_TRUE(make_folders(fs, folder / "outside"));
  put(folder / "tree" / "sub" / "a", "");
  put(folder / "outside" / "kept", "");
  std::filesystem::create_directory_symlink(folder / "outside", folder / "tree" / "link");
  ASSERT_TRUE(remove_tree(fs, folder / "tree"));
  EXPECT_FALSE(exists(fs, folder / "tree").value());
  EXPECT_TRUE(exists(fs, folder / "outside" / "kept").value());
  std::filesystem::create_directory_symlink(folder / "outside", folder / "link");
  ASSERT_TRUE(remove_tree(fs, folder / "link"));
  EXPECT_TRUE(exists(fs, folder / "outside" / "kept").value());
  EXPECT_TRUE(remove_tree(fs, folder / "tree"));
}

}  // namespace
}  // namespace tegula::os

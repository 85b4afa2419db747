#include "os/file_view.h"

#include <algorithm>
#include <filesystem>
#include <string>
#include <sys/mman.h>
#include <thread>

#include <gtest/gtest.h>

#include "os/temporary_folder.h"

namespace tegula::os {
namespace {

constexpr std::size_t kKiB = 1024;

class FileViewTest : public ::testing::Test {
 protected:
  FileViewTest() : bytes_(300 * kKiB + 7, 'x') {
    for (std::size_t i = 0; i < bytes_.size(); ++i) bytes_[i] = static_cast<char>(i * 31 / 7);
    EXPECT_TRUE(write_durably(fs_, path_, bytes_of(bytes_)));
    file_ = fs_.open(path_).value();
  }

  TemporaryFolder folder_;
  const Path path_ = folder_ / "file";
  PosixFileSystem fs_;
  std::string bytes_;
  std::unique_ptr<File> file_;
};

TEST_F(FileViewTest, ShowsTheFilesBytes) {
  for (const std::size_t offset : {0 * kKiB, 64 * kKiB, 256 * kKiB}) {
    for (const std::size_t size : {std::size_t{1}, 5 * kKiB, bytes_.size() - offset}) {
      const auto view = FileView::map(*file_, offset, size);
      ASSERT_TRUE(view) << offset << " " << size;
      EXPECT_TRUE(std::ranges::equal(view->bytes(), bytes_of(bytes_).subspan(offset, size)));
      EXPECT_TRUE(view->is_whole());
    }
  }
}

TEST_F(FileViewTest, ShowsNothingPastTheEnd) {
  EXPECT_FALSE(FileView::map(*file_, 0, bytes_.size() + 1));
  EXPECT_FALSE(FileView::map(*file_, 320 * kKiB, 1));
  EXPECT_FALSE(FileView::map(*file_, 0, 0));
}

TEST_F(FileViewTest, ShowsZerosAfterTheFileWasCut) {
  const auto view = FileView::map(*file_, 0, bytes_.size());
  ASSERT_TRUE(view);
  std::filesystem::resize_file(path_, 0);
  EXPECT_TRUE(std::ranges::all_of(view->bytes(), [](std::uint8_t byte) { return byte == 0; }));
  EXPECT_FALSE(view->is_whole());
}

TEST_F(FileViewTest, EachThreadHasItsOwn) {
  const auto view = FileView::map(*file_, 0, bytes_.size());
  ASSERT_TRUE(view);
  std::thread([&] {
    const auto other = FileView::map(*file_, 256 * kKiB, kKiB);
    ASSERT_TRUE(other);
    std::filesystem::resize_file(path_, 64 * kKiB);
    EXPECT_EQ(std::ranges::count(other->bytes(), 0), kKiB);
    EXPECT_FALSE(other->is_whole());
  }).join();
  EXPECT_EQ(view->bytes()[0], static_cast<std::uint8_t>(bytes_[0]));
  EXPECT_TRUE(view->is_whole());
}

TEST_F(FileViewTest, LeavesEveryOtherBusErrorFatal) {
  const auto view = FileView::map(*file_, 0, kKiB);
  void* const other = ::mmap(nullptr, kKiB, PROT_READ, MAP_SHARED, file_->descriptor(), 0);
  ASSERT_NE(other, MAP_FAILED);
  const auto touch = [&] {
    std::filesystem::resize_file(path_, 0);
    return *static_cast<const volatile char*>(other);
  };
  EXPECT_DEATH(touch(), "");
  ::munmap(other, kKiB);
}

}  // namespace
}  // namespace tegula::os

#include "content/file_digest.h"

#include <gtest/gtest.h>

#include "base/limits.h"
#include "os/temporary_folder.h"

namespace tegula::content {
namespace {

TEST(FileDigest, IsOfTheBytesBetween) {
  os::PosixFileSystem files;
  const os::TemporaryFolder folder;
  const std::string bytes = std::string(limits::kMiB, 'a') + std::string(limits::kMiB, 'b') + "c";
  ASSERT_TRUE(os::write_durably(files, folder / "file", bytes_of(bytes)));
  const auto file = files.open(folder / "file").value();
  NoProgress progress;
  const std::pair<std::size_t, std::size_t> ranges[] = {
      {0, bytes.size()}, {0, 0}, {1, 2}, {limits::kMiB - 1, 2 * limits::kMiB + 1}};
  for (const auto& [begin, end] : ranges)
    EXPECT_EQ(digest_of_range(*file, begin, end, progress, {}).value(),
              Digest::of(bytes_of(bytes.substr(begin, end - begin))));
  EXPECT_EQ(digest_of_range(*file, 0, bytes.size() + 1, progress, {}).error().code,
            Code::Unavailable);
  StopSource stop;
  stop.cancel();
  EXPECT_EQ(digest_of_range(*file, 0, 1, progress, stop.stop()).error().code, Code::Cancelled);
}

}  // namespace
}  // namespace tegula::content

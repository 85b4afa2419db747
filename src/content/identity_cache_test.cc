#include "content/identity_cache.h"

#include <gtest/gtest.h>

#include "content/temporary_store.h"

namespace tegula::content {
namespace {

using std::chrono::nanoseconds;
using std::chrono::seconds;

const Digest kDigest = Digest::of(bytes_of("abc"));

CheckedFile entry_of(const os::FileStat& stat, WallTime checked) {
  return {identity_of(stat), checked, kDigest};
}

TEST(CheckedFile, ParseAndEncodeAreInverse) {
  const CheckedFile entry{{.device = ~0ULL,
                           .inode = 1,
                           .size = 2,
                           .modified_ns = -3,
                           .changed_ns = 1'700'000'000'000'000'000},
                          WallTime(nanoseconds(5)),
                          kDigest};
  EXPECT_EQ(parse_checked_file(encode(entry)).value(), entry);
}

TEST(CheckedFile, EveryTornEntryIsRefused) {
  const std::string whole = encode({{1, 2, 3, 4, 5}, WallTime(nanoseconds(6)), kDigest});
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(parse_checked_file(whole.substr(0, size))) << size;
    EXPECT_FALSE(parse_checked_file(whole.substr(0, size) + std::string(whole.size() - size, '\0')))
        << size;
  }
  for (const char* bad : {"checked 1 2 3 4 5 x sha256: end\n", "checked -1 2 3 4 5 6 x end\n"})
    EXPECT_FALSE(parse_checked_file(bad)) << bad;
}

TEST(CheckedFile, IsSettledTwoSecondsAfterTheLastChange) {
  const std::int64_t change = 1'000'000'000'000;
  const auto settled = [&](std::int64_t modified, std::int64_t changed, nanoseconds after) {
    return CheckedFile{{1, 1, 1, modified, changed}, WallTime(nanoseconds(change) + after), kDigest}
        .is_settled();
  };
  EXPECT_TRUE(settled(change, change, seconds(2)));
  EXPECT_FALSE(settled(change, change, seconds(2) - nanoseconds(1)));
  EXPECT_FALSE(settled(change, change - 1'000'000'000, seconds(1)));
  EXPECT_FALSE(settled(change - 1'000'000'000, change, seconds(1)));
  EXPECT_FALSE(settled(change, change, -seconds(60)));  // a clock turned back
}

TEST(IdentityCache, RemembersAFileUntilItChanges) {
  TemporaryStore t;
  const os::Path path = t.write("file", "abc");
  const os::FileStat stat = t.fs.stat(path).value();
  EXPECT_FALSE(find_checked(t.context, stat));
  remember(t.context, entry_of(stat, t.clock.now()));
  EXPECT_EQ(find_checked(t.context, stat), kDigest);

  for (os::FileStat changed : {stat, stat, stat, stat, stat}) {
    static int which = 0;
    switch (which++) {
      case 0: changed.size += 1; break;
      case 1: changed.modified_ns += 1; break;
      case 2: changed.changed_ns += 1; break;
      case 3: changed.inode += 1; break;
      case 4: changed.device += 1; break;
    }
    EXPECT_FALSE(find_checked(t.context, changed)) << which;
  }
  t.write("file", "abd");
  EXPECT_FALSE(find_checked(t.context, t.fs.stat(path).value()));
}

TEST(IdentityCache, IgnoresAFileThatChangedWithinTwoSecondsOfItsCheck) {
  TemporaryStore t;
  const os::FileStat stat = t.fs.stat(t.write("file", "abc")).value();
  const WallTime change{nanoseconds(stat.changed_ns)};
  remember(t.context, entry_of(stat, change + seconds(1)));
  EXPECT_FALSE(find_checked(t.context, stat));
  EXPECT_TRUE(find_entry(t.context, stat));
  remember(t.context, entry_of(stat, change + seconds(2)));
  EXPECT_TRUE(find_checked(t.context, stat));
}

TEST(IdentityCache, ForgetsAndSurvivesGarbage) {
  TemporaryStore t;
  const os::FileStat stat = t.fs.stat(t.write("file", "abc")).value();
  remember(t.context, entry_of(stat, t.clock.now()));
  forget(t.context, stat);
  EXPECT_FALSE(find_checked(t.context, stat));
  remember(t.context, entry_of(stat, t.clock.now()));
  for (const auto& entry : std::filesystem::directory_iterator(t.context.layout.verified()))
    overwrite(entry.path(), "checked garbage");
  EXPECT_FALSE(find_checked(t.context, stat));
}

}  // namespace
}  // namespace tegula::content

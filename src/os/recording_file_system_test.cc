#include "os/recording_file_system.h"

#include <map>
#include <set>
#include <sys/stat.h>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "os/temporary_folder.h"

namespace tegula::os {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

using Tree = std::map<std::string, std::string>;  // path -> bytes; a folder's end with '/'

constexpr CrashMode kUndone{.names = UnsyncedNames::Undone, .bytes = UnsyncedBytes::Dropped};
constexpr CrashMode kNamesKept{.names = UnsyncedNames::Kept, .bytes = UnsyncedBytes::Dropped};
constexpr CrashMode kZeros{.names = UnsyncedNames::Kept, .bytes = UnsyncedBytes::Zeros};
constexpr CrashMode kAllKept{.names = UnsyncedNames::Kept, .bytes = UnsyncedBytes::Kept};

void read_tree(const Path& folder, const std::string& prefix, Tree& out) {
  const PosixFileSystem fs;
  const std::vector<std::string> names = fs.list(folder).value();
  for (const std::string& name : names) {
    if (fs.stat(folder / name)->kind == FileKind::Folder) {
      out[prefix + name + "/"];
      read_tree(folder / name, prefix + name + "/", out);
    } else {
      out[prefix + name] = read_file(fs, folder / name, 1 << 20).value();
    }
  }
}

Tree tree_of(const Path& folder) {
  Tree out;
  read_tree(folder, "", out);
  return out;
}

class RecordingTest : public ::testing::Test {
 protected:
  std::unique_ptr<File> make(std::string_view name, std::string_view text) {
    auto file = fs.create(folder / name, 0644).value();
    EXPECT_TRUE(file->append(bytes_of(text)));
    return file;
  }
  void make_synced(std::string_view name, std::string_view text) {
    EXPECT_TRUE(make(name, text)->sync());
  }
  void sync_root() { EXPECT_TRUE(fs.sync_folder(folder.path())); }

  Tree crash(const CrashMode& mode) { return crash(mode, fs.record().size()); }
  Tree crash(const CrashMode& mode, std::size_t operations) {
    const TemporaryFolder target;
    const Record record = fs.record();
    EXPECT_TRUE(materialise(std::span(record).first(operations), mode, target.path()));
    return tree_of(target.path());
  }

  PosixFileSystem posix;
  TemporaryFolder folder;
  RecordingFileSystem fs{posix, folder.path()};
};

TEST_F(RecordingTest, DoesTheRealThing) {
  make("a", "one");
  ASSERT_TRUE(fs.make_folder(folder / "d", 0755));
  ASSERT_TRUE(fs.rename(folder / "a", folder / "d" / "b"));
  ASSERT_TRUE(fs.link(folder / "d" / "b", folder / "c"));
  EXPECT_THAT(tree_of(folder.path()),
              ElementsAre(Pair("c", "one"), Pair("d/", ""), Pair("d/b", "one")));
  EXPECT_EQ(crash(kAllKept), tree_of(folder.path()));
  EXPECT_THAT(crash(kUndone), IsEmpty());
}

TEST_F(RecordingTest, KeepsBytesAsOfTheLastSync) {
  const auto file = make("a", "safe");
  ASSERT_TRUE(file->sync());
  sync_root();
  ASSERT_TRUE(file->append(bytes_of("+lost")));
  EXPECT_THAT(crash(kUndone), ElementsAre(Pair("a", "safe")));
  EXPECT_THAT(crash(kNamesKept), ElementsAre(Pair("a", "safe")));
  EXPECT_THAT(crash(kZeros), ElementsAre(Pair("a", std::string("safe\0\0\0\0\0", 9))));
  EXPECT_THAT(crash(kAllKept), ElementsAre(Pair("a", "safe+lost")));
}

TEST_F(RecordingTest, BytesWrittenOverComeBackUnlessSynced) {
  make_synced("a", "safe");
  sync_root();
  const auto file = fs.open_to_write(folder / "a").value();
  ASSERT_TRUE(file->write_at(1, bytes_of("o")));
  ASSERT_TRUE(file->write_at(6, bytes_of("!")));
  const std::string all("sofe\0\0!", 7);
  EXPECT_THAT(crash(kUndone), ElementsAre(Pair("a", "safe")));
  EXPECT_THAT(crash(kZeros), ElementsAre(Pair("a", std::string("safe\0\0\0", 7))));
  EXPECT_THAT(crash(kAllKept), ElementsAre(Pair("a", all)));
  ASSERT_TRUE(file->sync());
  for (const CrashMode& mode : plain_crash_modes())
    EXPECT_THAT(crash(mode), ElementsAre(Pair("a", all))) << describe(mode);
}

TEST_F(RecordingTest, ASyncedFileWithoutASyncedNameIsGone) {
  make_synced("a", "one");
  EXPECT_THAT(crash(kUndone), IsEmpty());
  EXPECT_THAT(crash(kNamesKept), ElementsAre(Pair("a", "one")));
  sync_root();
  EXPECT_THAT(crash(kUndone), ElementsAre(Pair("a", "one")));
}

TEST_F(RecordingTest, ASyncedNameWithoutSyncedBytesIsEmptyOrZeros) {
  make("a", "one");
  sync_root();
  EXPECT_THAT(crash(kUndone), ElementsAre(Pair("a", "")));
  EXPECT_THAT(crash(kZeros), ElementsAre(Pair("a", std::string(3, '\0'))));
}

TEST_F(RecordingTest, RenameWithoutSyncLosesWhatItReplaced) {
  make_synced("a", "old");
  sync_root();
  make("new", "new");
  ASSERT_TRUE(fs.rename(folder / "new", folder / "a"));
  EXPECT_THAT(crash(kNamesKept), ElementsAre(Pair("a", "")));  // what File::sync is for
  EXPECT_THAT(crash(kUndone), ElementsAre(Pair("a", "old")));
}

TEST_F(RecordingTest, AnAcknowledgedRenameNeedsItsFolderSynced) {
  make_synced("a", "old");
  sync_root();
  make_synced("new", "new");
  ASSERT_TRUE(fs.rename(folder / "new", folder / "a"));
  EXPECT_THAT(crash(kUndone), ElementsAre(Pair("a", "old")));
  EXPECT_THAT(crash(kNamesKept), ElementsAre(Pair("a", "new")));
  sync_root();
  for (const CrashMode& mode : plain_crash_modes())
    EXPECT_THAT(crash(mode), ElementsAre(Pair("a", "new"))) << describe(mode);
}

TEST_F(RecordingTest, AMoveBetweenFoldersIsTwoChanges) {
  ASSERT_TRUE(fs.make_folder(folder / "from", 0755));
  ASSERT_TRUE(fs.make_folder(folder / "to", 0755));
  make_synced("from/a", "one");
  ASSERT_TRUE(fs.sync_folder(folder / "from"));
  sync_root();
  ASSERT_TRUE(fs.rename(folder / "from" / "a", folder / "to" / "a"));
  ASSERT_TRUE(fs.sync_folder(folder / "to"));
  EXPECT_THAT(crash(kUndone), ElementsAre(Pair("from/", ""), Pair("from/a", "one"), Pair("to/", ""),
                                          Pair("to/a", "one")));
  ASSERT_TRUE(fs.sync_folder(folder / "from"));
  EXPECT_THAT(crash(kUndone), ElementsAre(Pair("from/", ""), Pair("to/", ""), Pair("to/a", "one")));
}

TEST_F(RecordingTest, AFolderWithoutASyncedNameTakesAllInItAway) {
  ASSERT_TRUE(fs.make_folder(folder / "d", 0755));
  make_synced("d/a", "one");
  ASSERT_TRUE(fs.sync_folder(folder / "d"));
  EXPECT_THAT(crash(kUndone), IsEmpty());
  sync_root();
  EXPECT_THAT(crash(kUndone), ElementsAre(Pair("d/", ""), Pair("d/a", "one")));
}

TEST_F(RecordingTest, ARemovalThatWasNotSyncedMayComeBack) {
  make_synced("a", "one");
  sync_root();
  ASSERT_TRUE(fs.remove(folder / "a"));
  EXPECT_THAT(crash(kUndone), ElementsAre(Pair("a", "one")));
  EXPECT_THAT(crash(kNamesKept), IsEmpty());
  sync_root();
  EXPECT_THAT(crash(kUndone), IsEmpty());
}

TEST_F(RecordingTest, LinksAreNamesOfOneFile) {
  make_synced("a", "one");
  sync_root();
  ASSERT_TRUE(fs.link(folder / "a", folder / "b"));
  EXPECT_THAT(crash(kUndone), ElementsAre(Pair("a", "one")));
  const TemporaryFolder target;
  ASSERT_TRUE(materialise(fs.record(), kAllKept, target.path()));
  EXPECT_EQ(posix.stat(target / "a")->inode, posix.stat(target / "b")->inode);
  // POSIX: a rename from one name of a file to another does nothing.
  ASSERT_TRUE(fs.rename(folder / "a", folder / "b"));
  EXPECT_EQ(crash(kAllKept), tree_of(folder.path()));
  EXPECT_THAT(crash(kAllKept), ElementsAre(Pair("a", "one"), Pair("b", "one")));
}

TEST_F(RecordingTest, AFileKeepsItsIdentityThroughRenames) {
  const auto file = make("a", "one");
  ASSERT_TRUE(fs.rename(folder / "a", folder / "b"));
  make_synced("a", "other");
  ASSERT_TRUE(file->append(bytes_of("+two")));
  ASSERT_TRUE(file->sync());
  sync_root();
  EXPECT_THAT(crash(kUndone), ElementsAre(Pair("a", "other"), Pair("b", "one+two")));
}

TEST_F(RecordingTest, AFileOpenedForReadingCanBeSynced) {
  make("a", "one");
  sync_root();
  EXPECT_THAT(crash(kUndone), ElementsAre(Pair("a", "")));
  ASSERT_TRUE(fs.open(folder / "a").value()->sync());
  EXPECT_THAT(crash(kUndone), ElementsAre(Pair("a", "one")));
}

TEST_F(RecordingTest, ModesSurviveOnlyIfSynced) {
  make_synced("a", "one");
  sync_root();
  ASSERT_TRUE(fs.set_mode(folder / "a", 0444));
  const auto mode_after = [&](const CrashMode& mode) {
    const TemporaryFolder target;
    EXPECT_TRUE(materialise(fs.record(), mode, target.path()));
    return posix.stat(target / "a")->mode;
  };
  EXPECT_EQ(mode_after(kUndone), 0644U);
  EXPECT_EQ(mode_after(kNamesKept), 0444U);
  ASSERT_TRUE(fs.open(folder / "a").value()->sync());
  EXPECT_EQ(mode_after(kUndone), 0444U);
}

TEST_F(RecordingTest, KnowsLockFilesAndLinksFromOutside) {
  const TemporaryFolder outside;
  ASSERT_TRUE(write_durably(fs, outside / "x", bytes_of("theirs")));
  EXPECT_EQ(fs.record().size(), fs.setup_count());  // not our folder
  ASSERT_TRUE(fs.link(outside / "x", folder / "x"));
  ASSERT_TRUE(fs.lock(folder / "lock", LockMode::Exclusive, true));
  ASSERT_TRUE(fs.lock(folder / "lock", LockMode::Exclusive, true));
  EXPECT_THAT(crash(kNamesKept), ElementsAre(Pair("lock", ""), Pair("x", "theirs")));
  EXPECT_THAT(crash(kUndone), IsEmpty());
}

TEST_F(RecordingTest, StartsFromWhatIsThere) {
  ASSERT_TRUE(make_folders(posix, folder / "d" / "e"));
  ASSERT_TRUE(write_durably(posix, folder / "d" / "a", bytes_of("before")));
  RecordingFileSystem second(posix, folder.path());
  EXPECT_EQ(second.record().size(), second.setup_count());
  const TemporaryFolder target;
  ASSERT_TRUE(materialise(second.record(), kUndone, target.path()));
  EXPECT_EQ(tree_of(target.path()), tree_of(folder.path()));
}

TEST_F(RecordingTest, RecordsNothingThatFailed) {
  make("a", "one");
  const std::size_t before = fs.record().size();
  EXPECT_FALSE(fs.create(folder / "a", 0644));
  EXPECT_FALSE(fs.rename(folder / "no", folder / "b"));
  EXPECT_FALSE(fs.remove(folder / "no"));
  EXPECT_FALSE(fs.link(folder / "no", folder / "b"));
  EXPECT_FALSE(fs.make_folder(folder / "a", 0755));
  EXPECT_FALSE(fs.set_mode(folder / "no", 0644));
  EXPECT_FALSE(fs.sync_folder(folder / "no"));
  EXPECT_EQ(fs.record().size(), before);
}

TEST_F(RecordingTest, UnderstandsEveryWayToWriteAPath) {
  ASSERT_TRUE(fs.make_folder(folder.path() / "d" / "", 0755));
  ASSERT_TRUE(fs.create(folder.path() / "." / "d" / ".." / "d" / "a", 0644));
  ASSERT_TRUE(fs.sync_folder(folder.path() / ""));
  ASSERT_TRUE(fs.sync_folder(folder.path() / "d" / "."));
  EXPECT_THAT(crash(kUndone), ElementsAre(Pair("d/", ""), Pair("d/a", "")));
}

TEST_F(RecordingTest, MarksSayWhatWasAcknowledged) {
  fs.mark("first");
  make("a", "");
  fs.mark("second");
  const Record record = fs.record();
  EXPECT_THAT(marks_in(record), ElementsAre("first", "second"));
  EXPECT_THAT(marks_in(std::span(record).first(record.size() - 1)), ElementsAre("first"));
  EXPECT_EQ(describe(record.back()), "mark second");
}

TEST_F(RecordingTest, EqualOutlinesMeanEqualFolders) {
  make("a", "12")->sync().value();
  make("b", "345");
  ASSERT_TRUE(fs.make_folder(folder / "d", 0755));
  ASSERT_TRUE(fs.set_mode(folder / "a", 0400));
  ASSERT_TRUE(fs.rename(folder / "b", folder / "d" / "b"));
  DiskModel disk;
  for (const Operation& operation : fs.record()) disk.apply(operation);
  std::map<std::string, Tree> trees;
  std::set<Tree> different;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    const CrashMode mode{UnsyncedNames::Mixed, UnsyncedBytes::Mixed, seed};
    const Tree tree = crash(mode);
    different.insert(tree);
    EXPECT_EQ(trees.emplace(disk.outline(mode), tree).first->second, tree) << seed;
  }
  EXPECT_GT(different.size(), 4U);
  EXPECT_GE(trees.size(), different.size());
}

TEST_F(RecordingTest, MixedModesReachEveryOutcomeAndRepeat) {
  make_synced("a", "1");
  sync_root();
  ASSERT_TRUE(fs.open(folder / "a"));
  make("b", "2");
  ASSERT_TRUE(fs.remove(folder / "a"));
  std::set<Tree> seen;
  for (std::uint64_t seed = 0; seed < 100; ++seed)
    seen.insert(crash({UnsyncedNames::Mixed, UnsyncedBytes::Mixed, seed}));
  const CrashMode again{UnsyncedNames::Mixed, UnsyncedBytes::Mixed, 7};
  EXPECT_EQ(crash(again), crash(again));
  const std::string zero(1, '\0');
  EXPECT_THAT(seen,
              UnorderedElementsAre(Tree{}, Tree{{"a", "1"}}, Tree{{"b", ""}}, Tree{{"b", zero}},
                                   Tree{{"b", "2"}}, Tree{{"a", "1"}, {"b", ""}},
                                   Tree{{"a", "1"}, {"b", zero}}, Tree{{"a", "1"}, {"b", "2"}}));
}

TEST_F(RecordingTest, RecordsThreadsInTheOrderOfTheirChanges) {
  std::vector<std::thread> threads;
  for (int number = 0; number < 4; ++number)
    threads.emplace_back([this, number] {
      for (int turn = 0; turn < 20; ++turn)
        EXPECT_TRUE(write_durably(fs, folder / std::to_string(turn % 3),
                                  bytes_of(std::to_string(number * 100 + turn))));
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(crash(kAllKept), tree_of(folder.path()));
}

// The protocol of write_durably, cut everywhere: the old or the new bytes, and the new ones once it
// said so. This is the pattern of every crash test.
TEST_F(RecordingTest, WriteDurablyHoldsAtEveryPrefixInEveryMode) {
  ASSERT_TRUE(make_folders(fs, folder / "d" / "e"));
  const Path path = folder / "d" / "e" / "a";
  for (const char* text : {"one", "two", "three"}) {
    ASSERT_TRUE(write_durably(fs, path, bytes_of(text)));
    fs.mark(text);
  }
  std::vector<CrashMode> modes = plain_crash_modes();
  for (std::uint64_t seed = 0; seed < 6; ++seed)
    modes.push_back({UnsyncedNames::Mixed, UnsyncedBytes::Mixed, seed});
  const Record record = fs.record();
  const std::vector<std::string> texts = {"", "one", "two", "three"};
  for (std::size_t count = 0; count <= record.size(); ++count) {
    const std::size_t acknowledged = marks_in(std::span(record).first(count)).size();
    for (const CrashMode& mode : modes) {
      const Tree tree = crash(mode, count);
      const auto found = tree.find("d/e/a");
      const std::string got = found == tree.end() ? "" : found->second;
      const bool is_new = acknowledged + 1 < texts.size() && got == texts[acknowledged + 1];
      EXPECT_TRUE(got == texts[acknowledged] || is_new)
          << "after " << count << " operations, " << describe(mode) << ": \"" << got << "\"";
    }
  }
}

// The test above must be able to fail: the same without each of the syncs.
TEST_F(RecordingTest, ACarelessWriteIsFoundOut) {
  for (const bool sync_file : {false, true}) {
    const TemporaryFolder place;
    RecordingFileSystem careless(posix, place.path());
    const auto file = careless.create(place / "tmp", 0644).value();
    ASSERT_TRUE(file->append(bytes_of("one")));
    if (sync_file) {
      ASSERT_TRUE(file->sync());
    }
    ASSERT_TRUE(careless.rename(place / "tmp", place / "a"));
    if (!sync_file) {
      ASSERT_TRUE(careless.sync_folder(place.path()));
    }
    bool lost = false;
    for (const CrashMode& mode : plain_crash_modes()) {
      const TemporaryFolder target;
      ASSERT_TRUE(materialise(careless.record(), mode, target.path()));
      lost |= tree_of(target.path()) != Tree{{"a", "one"}};
    }
    EXPECT_TRUE(lost) << sync_file;
  }
}

}  // namespace
}  // namespace tegula::os

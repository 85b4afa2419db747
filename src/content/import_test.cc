#include "content/import.h"

#include <fstream>
#include <functional>

#include <gtest/gtest.h>

#include "content/identity_cache.h"
#include "content/temporary_store.h"
#include "os/unprivileged.h"

namespace tegula::content {
namespace {

// Counts the bytes that were hashed.
class Counter final : public Progress {
 public:
  void begin(std::string_view, std::uint64_t) override {}
  void advance(std::uint64_t bytes) override { hashed += bytes; }
  void end() override {}
  std::uint64_t hashed = 0;
};

class Import : public ::testing::Test {
 protected:
  Result<StoredBlob> import(const os::Path& path, const ImportOptions& options = {}) {
    return t.store.import_file(path, *lease, options, counter, Stop());
  }

  std::string stored(const Digest& digest) { return slurp(t.context.layout.blob(digest)); }
  std::size_t uploads() {
    std::size_t files = 0;
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(t.context.layout.uploads()))
      files += entry.is_regular_file() ? 1 : 0;
    return files;
  }

  TemporaryStore t;
  Counter counter;
  std::unique_ptr<Lease> lease = t.store.lease().value();
  const std::string bytes = noise(2 * limits::kMiB + 77);
};

TEST_F(Import, BringsAFileInAndSaysHow) {
  const os::Path path = t.write("model.gguf", bytes);
  const StoredBlob blob = import(path).value();
  EXPECT_EQ(blob.digest, Digest::of(bytes_of(bytes)));
  EXPECT_EQ(blob.size, bytes.size());
  EXPECT_EQ(blob.tree_root, tree_of(bytes_of(bytes)).root);
  EXPECT_EQ(stored(blob.digest), bytes);
  EXPECT_EQ(read_tree(t.context, blob.digest, blob.size).value(), tree_of(bytes_of(bytes)));
  EXPECT_TRUE(blob.way == ImportWay::Reflink || blob.way == ImportWay::HardLink);
  EXPECT_EQ(t.fs.stat(t.context.layout.blob(blob.digest)).value().mode & 0222, 0U);
  EXPECT_EQ(counter.hashed, bytes.size());  // read once
  EXPECT_EQ(uploads(), 0U);
}

TEST_F(Import, AHardLinkTakesTheWritePermissionAway) {
  const os::Path path = t.write("model.gguf", bytes);
  ASSERT_TRUE(t.fs.set_mode(path, 0640));
  const StoredBlob blob = import(path).value();
  if (blob.way != ImportWay::HardLink) GTEST_SKIP() << "this disk has reflinks";
  const os::FileStat file = t.fs.stat(path).value();
  EXPECT_TRUE(is_same_file(file, t.fs.stat(t.context.layout.blob(blob.digest)).value()));
  EXPECT_EQ(file.mode, 0440U);
}

TEST_F(Import, SmallFilesStayThePeoples) {
  const os::Path path = t.write("config.json", "{}");
  const StoredBlob blob = import(path).value();
  EXPECT_TRUE(blob.way == ImportWay::Reflink || blob.way == ImportWay::Copy);
  EXPECT_NE(t.fs.stat(path).value().mode & 0200, 0U);
  EXPECT_EQ(t.fs.stat(path).value().links, 1U);
}

TEST_F(Import, ACopyLeavesTheFileAlone) {
  const os::Path path = t.write("model.gguf", bytes);
  const os::FileStat before = t.fs.stat(path).value();
  const StoredBlob blob = import(path, {.in_place = false, .allow_hard_link = false}).value();
  EXPECT_TRUE(blob.way == ImportWay::Copy || blob.way == ImportWay::Reflink);
  const os::FileStat after = t.fs.stat(path).value();
  EXPECT_EQ(after.mode, before.mode);
  EXPECT_EQ(after.links, 1U);
  EXPECT_EQ(stored(blob.digest), bytes);
  EXPECT_EQ(uploads(), 0U);
}

TEST_F(Import, FollowsALinkToTheFile) {
  const os::Path path = t.write("blobs/model", bytes);
  std::filesystem::create_symlink(path, t.outside("snapshot.gguf"));
  const StoredBlob blob = import(t.outside("snapshot.gguf")).value();
  EXPECT_EQ(stored(blob.digest), bytes);
  EXPECT_TRUE(std::filesystem::is_regular_file(t.context.layout.blob(blob.digest)));
}

TEST_F(Import, ASecondImportReadsNothing) {
  for (const ImportOptions options :
       {ImportOptions{}, ImportOptions{.in_place = false, .allow_hard_link = false}}) {
    const os::Path path = t.write(options.allow_hard_link ? "a" : "b",
                                  noise(limits::kMiB, options.allow_hard_link ? 3 : 4));
    const StoredBlob first = import(path, options).value();
    counter.hashed = 0;
    const StoredBlob again = import(path, options).value();
    EXPECT_EQ(counter.hashed, 0U);
    EXPECT_EQ(again.digest, first.digest);
    EXPECT_EQ(again.tree_root, first.tree_root);
    EXPECT_EQ(again.way, ImportWay::AlreadyThere);
  }
}

TEST_F(Import, ASecondImportReadsWhatIsNotSettled) {
  t.clock = ManualClock(WallTime{});  // every change is in the future: nothing is settled
  const os::Path path = t.write("model.gguf", bytes);
  const ImportOptions copy{.in_place = false, .allow_hard_link = false};
  ASSERT_TRUE(import(path, copy));
  counter.hashed = 0;
  ASSERT_TRUE(import(path, copy));
  EXPECT_EQ(counter.hashed, 2 * bytes.size());  // the file, and the blob that may stay
}

TEST_F(Import, ASecondImportSeesEveryChange) {
  const os::Path path = t.write("model.gguf", bytes);
  const ImportOptions copy{.in_place = false, .allow_hard_link = false};
  const StoredBlob first = import(path, copy).value();
  flip(path, 1000);
  const StoredBlob second = import(path, copy).value();
  EXPECT_NE(first.digest, second.digest);
  EXPECT_EQ(second.digest, Digest::of(bytes_of(slurp(path))));
}

TEST_F(Import, TwoFilesWithTheSameBytesAreOneBlob) {
  t.clock = ManualClock(WallTime{});  // nothing is settled: nobody knows that the blob is good
  const StoredBlob first = import(t.write("a", bytes)).value();
  const os::Path other = t.write("b", bytes);
  const std::uint32_t mode = t.fs.stat(other).value().mode;
  const StoredBlob second = import(other).value();
  EXPECT_EQ(first.digest, second.digest);
  EXPECT_EQ(uploads(), 0U);
  // The blob stayed, and the file is as it was.
  EXPECT_EQ(second.way, ImportWay::AlreadyThere);
  const os::FileStat after = t.fs.stat(other).value();
  EXPECT_FALSE(is_same_file(t.fs.stat(t.context.layout.blob(second.digest)).value(), after));
  EXPECT_EQ(after.mode, mode);
  EXPECT_EQ(after.links, 1U);
}

// Does something else to the file when half of it was read.
class Meddler final : public Progress {
 public:
  explicit Meddler(std::function<void()> act) : act_(std::move(act)) {}
  void begin(std::string_view, std::uint64_t) override {}
  void advance(std::uint64_t) override {
    if (!std::exchange(done_, true)) act_();
  }
  void end() override {}

 private:
  std::function<void()> act_;
  bool done_ = false;
};

TEST_F(Import, TwoAtOnceMayLinkTheSameFile) {
  const os::Path path = t.write("model.gguf", bytes);
  ASSERT_TRUE(t.fs.set_mode(path, 0644));
  const auto other_lease = t.store.lease().value();
  Meddler meddler(
      [&] { ASSERT_TRUE(t.store.import_file(path, *other_lease, {}, t.progress, Stop())); });
  const StoredBlob blob = t.store.import_file(path, *lease, {}, meddler, Stop()).value();
  EXPECT_EQ(stored(blob.digest), bytes);
  EXPECT_EQ(uploads(), 0U);
  EXPECT_EQ(t.fs.stat(t.context.layout.blob(blob.digest)).value().mode & 0222, 0U);
}

TEST_F(Import, StoppedItLeavesTheOthersLinkReadOnly) {
  const os::Path path = t.write("model.gguf", bytes);
  ASSERT_TRUE(t.fs.set_mode(path, 0644));
  const auto other_lease = t.store.lease().value();
  StopSource source;
  Meddler meddler([&] {
    ASSERT_TRUE(t.store.import_file(path, *other_lease, {}, t.progress, Stop()));
    source.cancel();
  });
  ASSERT_FALSE(t.store.import_file(path, *lease, {}, meddler, source.stop()));
  const Digest digest = Digest::of(bytes_of(bytes));
  EXPECT_EQ(stored(digest), bytes);
  EXPECT_EQ(t.fs.stat(t.context.layout.blob(digest)).value().mode & 0222, 0U);
}

TEST_F(Import, AGoodFileMendsABadBlob) {
  const ImportOptions copy{.in_place = false, .allow_hard_link = false};
  const os::Path path = t.write("model.gguf", bytes);
  const StoredBlob blob = import(path, copy).value();
  flip(t.context.layout.blob(blob.digest), limits::kMiB + 5);
  const StoredBlob again = import(path, copy).value();
  EXPECT_EQ(again.digest, blob.digest);
  EXPECT_EQ(stored(blob.digest), bytes);
}

TEST_F(Import, InPlaceKeepsThePathAlone) {
  const os::Path path = t.write("model.gguf", bytes);
  const os::FileStat before = t.fs.stat(path).value();
  const StoredBlob blob = import(path, {.in_place = true, .allow_hard_link = true}).value();
  EXPECT_EQ(blob.way, ImportWay::InPlace);
  EXPECT_EQ(identity_of(t.fs.stat(path).value()), identity_of(before));
  EXPECT_FALSE(std::filesystem::exists(t.context.layout.blob(blob.digest)));
  EXPECT_TRUE(t.store.has_blob(blob.digest, blob.size).value());
  counter.hashed = 0;
  EXPECT_TRUE(import(path, {.in_place = true, .allow_hard_link = true}));
  EXPECT_EQ(counter.hashed, 0U);
  overwrite(path, "short");
  EXPECT_FALSE(t.store.has_blob(blob.digest, blob.size).value());
}

TEST_F(Import, RefusesWhatIsNoFile) {
  EXPECT_EQ(import(t.outside("nothing")).error().code, Code::NotFound);
  EXPECT_EQ(import(t.path()).error().code, Code::InvalidArgument);
}

TEST_F(Import, EmptyFilesAreBlobsToo) {
  const StoredBlob blob = import(t.write("empty", "")).value();
  EXPECT_EQ(blob.digest, Digest::of({}));
  EXPECT_TRUE(t.store.has_blob(blob.digest, 0).value());
}

TEST_F(Import, StoppedItLeavesEverythingAsItWas) {
  const os::Path path = t.write("model.gguf", bytes);
  const std::uint32_t mode = t.fs.stat(path).value().mode;
  StopSource source;
  source.cancel();
  NoProgress progress;
  EXPECT_EQ(t.store.import_file(path, *lease, {}, progress, source.stop()).error().code,
            Code::Cancelled);
  const os::FileStat after = t.fs.stat(path).value();
  EXPECT_EQ(after.mode, mode);
  EXPECT_EQ(after.links, 1U);
  EXPECT_EQ(uploads(), 0U);
  EXPECT_FALSE(t.store.has_blob(Digest::of(bytes_of(bytes)), bytes.size()).value());
}

TEST_F(Import, NoticesAFileThatChangesMeanwhile) {
  const os::Path path = t.write("model.gguf", bytes);
  Meddler meddler([&] { overwrite(path, "other bytes"); });
  const auto blob = t.store.import_file(path, *lease, {.in_place = false, .allow_hard_link = false},
                                        meddler, Stop());
  if (blob && blob->way == ImportWay::Reflink) GTEST_SKIP() << "a reflink doesn't mind";
  ASSERT_FALSE(blob);
  EXPECT_EQ(blob.error().code, Code::Unavailable);
  EXPECT_EQ(uploads(), 0U);
}

TEST(ImportAsAUser, NeverHardLinksSomebodyElsesFile) {
  os::TemporaryFolder folder;  // of whoever runs the test; root's, if it is root
  std::filesystem::permissions(folder.path(), std::filesystem::perms::all);
  const os::Path path = folder / "model.gguf";
  std::ofstream(path) << noise(limits::kMiB, 1);
  const std::uint32_t owner = os::PosixFileSystem().stat(path).value().owner;
  os::run_unprivileged([&] {
    TemporaryStore t;
    if (t.fs.stat(t.path()).value().owner == owner) return;  // not root: nobody else's file
    const auto lease = t.store.lease().value();
    const StoredBlob blob = t.store.import_file(path, *lease, {}, t.progress, Stop()).value();
    EXPECT_TRUE(blob.way == ImportWay::Copy || blob.way == ImportWay::Reflink);
    EXPECT_EQ(t.fs.stat(path).value().links, 1U);
  });
}

}  // namespace
}  // namespace tegula::content

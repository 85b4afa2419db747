#include "content/store_version.h"

#include <functional>
#include <utility>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "content/temporary_store.h"

namespace tegula::content {
namespace {

Result<void> leave_a_mark(const StoreContext& store) {
  return put_file(store, store.layout.root() / "marks" / random_name(store.random), {}, 0644);
}

Result<void> break_down(const StoreContext&) { return fail(Code::DiskFull, "no space"); }

// Lets something happen just before the first look into a folder.
class BeforeFirstList final : public os::FileSystem {
 public:
  using Path = os::Path;
  BeforeFirstList(os::FileSystem& inner, std::function<void()> act)
      : inner_(inner), act_(std::move(act)) {}

  Result<std::vector<std::string>> list(const Path& folder) const override {
    if (!std::exchange(done_, true)) act_();
    return inner_.list(folder);
  }
  Result<std::unique_ptr<os::File>> open(const Path& path) const override {
    return inner_.open(path);
  }
  Result<std::unique_ptr<os::File>> create(const Path& path, std::uint32_t mode) override {
    return inner_.create(path, mode);
  }
  Result<std::unique_ptr<os::File>> open_to_write(const Path& path) override {
    return inner_.open_to_write(path);
  }
  Result<os::FileStat> stat(const Path& path) const override { return inner_.stat(path); }
  Result<void> make_folder(const Path& path, std::uint32_t mode) override {
    return inner_.make_folder(path, mode);
  }
  Result<void> rename(const Path& from, const Path& to) override { return inner_.rename(from, to); }
  Result<void> link(const Path& from, const Path& to) override { return inner_.link(from, to); }
  Result<void> remove(const Path& path) override { return inner_.remove(path); }
  Result<void> set_mode(const Path& path, std::uint32_t mode) override {
    return inner_.set_mode(path, mode);
  }
  Result<void> sync_folder(const Path& folder) override { return inner_.sync_folder(folder); }
  Result<void> reflink(const os::File& from, const Path& to, std::uint32_t mode) override {
    return inner_.reflink(from, to, mode);
  }
  Result<std::unique_ptr<os::FileLock>> lock(const Path& path, os::LockMode mode,
                                             bool wait) override {
    return inner_.lock(path, mode, wait);
  }
  Result<std::uint64_t> free_bytes(const Path& path) const override {
    return inner_.free_bytes(path);
  }

 private:
  os::FileSystem& inner_;
  std::function<void()> act_;
  mutable bool done_ = false;
};

class Version : public ::testing::Test {
 protected:
  Result<void> prepare(std::span<const Migration> migrations = {}) {
    return prepare_store(context, migrations);
  }
  std::string version() { return slurp(context.layout.version()); }
  std::size_t marks() { return list_folder(context, folder / "store/marks").value().size(); }

  os::TemporaryFolder folder;
  os::PosixFileSystem fs;
  SystemClock clock;
  SystemRandom random;
  StoreContext context{fs, clock, random, Layout(folder / "store")};
};

TEST_F(Version, IsWrittenIntoANewStore) {
  ASSERT_TRUE(prepare());
  EXPECT_EQ(version(), "tegula-store 1\n");
  EXPECT_TRUE(prepare());
}

TEST_F(Version, OfAnOlderStoreIsBroughtUpStepByStep) {
  ASSERT_TRUE(prepare());
  const Migration steps[] = {leave_a_mark, leave_a_mark};
  ASSERT_TRUE(prepare(steps));
  EXPECT_EQ(version(), "tegula-store 3\n");
  EXPECT_EQ(marks(), 2U);
  ASSERT_TRUE(prepare(steps));
  EXPECT_EQ(marks(), 2U);
}

TEST_F(Version, OneIsBroughtUpToOurs) {
  ASSERT_TRUE(prepare());
  ASSERT_TRUE(prepare(store_migrations()));
  EXPECT_EQ(version(), fmt::format("tegula-store {}\n", kStoreVersion));
}

TEST_F(Version, StaysAtTheLastStepThatWorked) {
  ASSERT_TRUE(prepare());
  const Migration broken[] = {leave_a_mark, break_down};
  const auto failed = prepare(broken);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, Code::DiskFull);
  EXPECT_NE(failed.error().text.find("migrating to version 3"), std::string::npos);
  EXPECT_EQ(version(), "tegula-store 2\n");
  const Migration mended[] = {leave_a_mark, leave_a_mark};
  ASSERT_TRUE(prepare(mended));
  EXPECT_EQ(marks(), 2U);
}

TEST_F(Version, OfANewerStoreIsRefused) {
  ASSERT_TRUE(prepare());
  overwrite(context.layout.version(), "tegula-store 7\n");
  const auto refused = prepare();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::Unsupported);
  EXPECT_NE(refused.error().text.find("has version 7, this program knows up to 1"),
            std::string::npos);
  EXPECT_NE(refused.error().hint, "");
  EXPECT_EQ(version(), "tegula-store 7\n");
}

TEST_F(Version, ThatMakesNoSenseIsRefused) {
  ASSERT_TRUE(prepare());
  for (const char* bad :
       {"", "1\n", "tegula-store 1", "tegula-store 0\n", "tegula-store -1\n", "tegula-store 1x\n",
        "tegula-store 99999999999999\n", "tegula-store \n"}) {
    overwrite(context.layout.version(), bad);
    EXPECT_EQ(prepare().error().code, Code::Corrupt) << bad;
  }
}

TEST_F(Version, AFolderOfSomebodyElsesIsNotTakenOver) {
  std::filesystem::create_directories(folder / "store/holiday pictures");
  const auto refused = prepare();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::InvalidArgument);
  EXPECT_NE(refused.error().text.find("holiday pictures"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(context.layout.version()));
}

TEST_F(Version, AStoreMadeMeanwhileIsTaken) {
  // Another process makes the store between the look for a version and the look for anything.
  BeforeFirstList slow(fs, [&] {
    ASSERT_TRUE(prepare());
    ASSERT_TRUE(os::make_folders(fs, context.layout.leases()));
  });
  const StoreContext late{slow, clock, random, Layout(folder / "store")};
  EXPECT_TRUE(prepare_store(late, {}));
  EXPECT_EQ(version(), "tegula-store 1\n");
}

TEST_F(Version, ACreationCutShortIsGoneOnWith) {
  std::filesystem::create_directories(folder / "store");
  ASSERT_TRUE(lock_exclusive(context));
  ASSERT_TRUE(fs.create(folder / "store/.tegula-tmp-0", 0644));
  EXPECT_TRUE(prepare());
}

}  // namespace
}  // namespace tegula::content

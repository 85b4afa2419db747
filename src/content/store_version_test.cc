#include "content/store_version.h"

#include <gtest/gtest.h>

#include "content/temporary_store.h"

namespace tegula::content {
namespace {

Result<void> leave_a_mark(const StoreContext& store) {
  return put_file(store, store.layout.root() / "marks" / random_name(store.random), {}, 0644);
}

Result<void> break_down(const StoreContext&) { return fail(Code::DiskFull, "no space"); }

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

TEST_F(Version, ACreationCutShortIsGoneOnWith) {
  std::filesystem::create_directories(folder / "store");
  ASSERT_TRUE(lock_exclusive(context));
  ASSERT_TRUE(fs.create(folder / "store/.tegula-tmp-0", 0644));
  EXPECT_TRUE(prepare());
}

}  // namespace
}  // namespace tegula::content

#include "source/foreign_import.h"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "os/temporary_folder.h"

namespace tegula::source {
namespace {

using ::testing::HasSubstr;

class ForeignImport : public ::testing::Test {
 protected:
  ForeignImport() {
    file_.path = folder_ / "x.gguf";
    std::ofstream(file_.path) << kText;
  }

  Result<content::StoredBlob> use() {
    const auto store = content::Store::open(fs_, clock_, random_, folder_ / "store");
    EXPECT_TRUE(store);
    const auto lease = store->lease();
    EXPECT_TRUE(lease);
    NoProgress progress;
    return use_in_place(*store, file_, **lease, progress, Stop());
  }

  static constexpr std::string_view kText = "GGUF weights";
  os::TemporaryFolder folder_;
  os::PosixFileSystem fs_;
  SystemClock clock_;
  SeededRandom random_{1};
  ForeignFile file_;
};

TEST_F(ForeignImport, LeavesTheBytesWhereTheyAre) {
  file_.stated = content::Digest::of(bytes_of(kText));
  const auto blob = use();
  ASSERT_TRUE(blob) << blob.error().text;
  EXPECT_EQ(blob->digest, *file_.stated);
  EXPECT_EQ(blob->way, content::ImportWay::InPlace);
  EXPECT_EQ(use()->digest, *file_.stated);
}

TEST_F(ForeignImport, AsksForNoDigestWhereNoneIsStated) { EXPECT_TRUE(use()); }

TEST_F(ForeignImport, NamesBothDigestsThatDiffer) {
  file_.stated = content::Digest::of(bytes_of("other weights"));
  const auto blob = use();
  ASSERT_FALSE(blob);
  EXPECT_EQ(blob.error().code, Code::Corrupt);
  EXPECT_THAT(blob.error().text, HasSubstr("want " + file_.stated->str()));
  EXPECT_THAT(blob.error().text, HasSubstr("got " + content::Digest::of(bytes_of(kText)).str()));
  EXPECT_FALSE(blob.error().hint.empty());
}

}  // namespace
}  // namespace tegula::source

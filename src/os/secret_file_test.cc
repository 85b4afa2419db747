#include "os/secret_file.h"

#include <gtest/gtest.h>

#include "os/temporary_folder.h"

namespace tegula::os {
namespace {

class SecretFileTest : public ::testing::Test {
 protected:
  const TemporaryFolder folder_;
  const Path path_ = folder_ / "secret";
  PosixFileSystem fs_;
};

TEST_F(SecretFileTest, IsReadAsItWasWrittenAndByNobodyElse) {
  ASSERT_TRUE(create_secret(fs_, path_, bytes_of("abc")));
  EXPECT_EQ(fs_.stat(path_).value().mode, 0600U);
  EXPECT_EQ(read_secret(fs_, path_, 3).value(), "abc");
}

TEST_F(SecretFileTest, IsNeverReplaced) {
  ASSERT_TRUE(create_secret(fs_, path_, bytes_of("abc")));
  EXPECT_EQ(create_secret(fs_, path_, bytes_of("def")).error().code, Code::AlreadyExists);
  EXPECT_EQ(read_secret(fs_, path_, 3).value(), "abc");
}

TEST_F(SecretFileTest, IsRefusedIfOthersMayReadIt) {
  ASSERT_TRUE(create_secret(fs_, path_, bytes_of("abc")));
  for (const std::uint32_t mode : {0640U, 0604U, 0620U}) {
    ASSERT_TRUE(fs_.set_mode(path_, mode));
    EXPECT_EQ(read_secret(fs_, path_, 3).error().code, Code::PermissionDenied) << mode;
  }
}

TEST_F(SecretFileTest, RefusesFoldersMissingAndLargeOnes) {
  EXPECT_EQ(read_secret(fs_, path_, 3).error().code, Code::NotFound);
  EXPECT_EQ(read_secret(fs_, folder_.path(), 3).error().code, Code::InvalidArgument);
  ASSERT_TRUE(create_secret(fs_, path_, bytes_of("abcd")));
  EXPECT_EQ(read_secret(fs_, path_, 3).error().code, Code::Exhausted);
}

}  // namespace
}  // namespace tegula::os

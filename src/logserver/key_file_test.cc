#include "logserver/key_file.h"

#include <gtest/gtest.h>

#include "os/temporary_folder.h"

namespace tegula::logserver {
namespace {

class KeyFileTest : public ::testing::Test {
 protected:
  const os::TemporaryFolder folder_;
  const os::Path path_ = folder_ / "key.pem";
  os::PosixFileSystem fs_;
};

TEST_F(KeyFileTest, IsReadAsItWasMadeAndByNobodyElse) {
  const auto made = create_key_file(fs_, path_);
  ASSERT_TRUE(made);
  EXPECT_EQ(fs_.stat(path_).value().mode, 0600U);
  EXPECT_EQ(read_key_file(fs_, path_).value().public_key(), made->public_key());
}

TEST_F(KeyFileTest, IsNeverReplaced) {
  const auto made = create_key_file(fs_, path_);
  EXPECT_EQ(create_key_file(fs_, path_).error().code, Code::AlreadyExists);
  EXPECT_EQ(read_key_file(fs_, path_).value().public_key(), made->public_key());
}

TEST_F(KeyFileTest, IsRefusedIfOthersMayReadIt) {
  ASSERT_TRUE(create_key_file(fs_, path_));
  for (const std::uint32_t mode : {0640U, 0604U, 0620U}) {
    ASSERT_TRUE(fs_.set_mode(path_, mode));
    EXPECT_EQ(read_key_file(fs_, path_).error().code, Code::PermissionDenied) << mode;
  }
}

TEST_F(KeyFileTest, HoldsNothingButAnEd25519Key) {
  EXPECT_EQ(read_key_file(fs_, path_).error().code, Code::NotFound);
  const auto p256 = crypto::PrivateKey::generate(crypto::KeyType::P256).value();
  for (const std::string& text : {p256.pem(), std::string("not a key"), std::string()}) {
    ASSERT_TRUE(os::write_durably(fs_, path_, bytes_of(text), 0600));
    EXPECT_EQ(read_key_file(fs_, path_).error().code, Code::InvalidArgument);
  }
  ASSERT_TRUE(os::write_durably(fs_, path_, bytes_of(std::string(4097, 'x')), 0600));
  EXPECT_EQ(read_key_file(fs_, path_).error().code, Code::Exhausted);
}

TEST_F(KeyFileTest, HoldsAKeyOfAnotherKindWhereThatIsWanted) {
  const auto p256 = crypto::PrivateKey::generate(crypto::KeyType::P256).value();
  ASSERT_TRUE(write_key_file(fs_, path_, p256));
  EXPECT_EQ(fs_.stat(path_).value().mode, 0600U);
  EXPECT_EQ(write_key_file(fs_, path_, p256).error().code, Code::AlreadyExists);
  EXPECT_EQ(read_key_file(fs_, path_, crypto::KeyType::P256).value().public_key(),
            p256.public_key());
  EXPECT_EQ(read_key_file(fs_, path_).error().code, Code::InvalidArgument);
}

}  // namespace
}  // namespace tegula::logserver

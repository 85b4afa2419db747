#include "identity/file_key_store.h"

#include <gtest/gtest.h>

#include "os/temporary_folder.h"

namespace tegula::identity {
namespace {

class FileKeyStoreTest : public ::testing::Test {
 protected:
  const os::TemporaryFolder folder_;
  os::PosixFileSystem fs_;
  FileKeyStore keys_{fs_, folder_ / "keys"};
};

TEST_F(FileKeyStoreTest, SignsWithTheKeyThatItMade) {
  const auto made = keys_.create("signing").value();
  const auto opened = keys_.open("signing").value();
  EXPECT_EQ(opened->public_key(), made->public_key());
  EXPECT_EQ(opened->public_key().type(), crypto::KeyType::P256);
  const Bytes signature = opened->sign(bytes_of("hello")).value();
  EXPECT_TRUE(made->public_key().verify(bytes_of("hello"), signature));
}

TEST_F(FileKeyStoreTest, KeepsKeysFromOthersAndFromBeingReplaced) {
  const auto made = keys_.create("signing").value();
  EXPECT_EQ(fs_.stat(folder_ / "keys/signing.pem").value().mode, 0600U);
  EXPECT_EQ(fs_.stat(folder_ / "keys").value().mode, 0700U);
  EXPECT_EQ(keys_.create("signing").error().code, Code::AlreadyExists);
  EXPECT_EQ(keys_.open("signing").value()->public_key(), made->public_key());
  ASSERT_TRUE(fs_.set_mode(folder_ / "keys/signing.pem", 0644));
  EXPECT_EQ(keys_.open("signing").error().code, Code::PermissionDenied);
}

TEST_F(FileKeyStoreTest, ListsByName) {
  EXPECT_TRUE(keys_.list().value().empty());
  ASSERT_TRUE(keys_.create("b"));
  ASSERT_TRUE(keys_.create("a"));
  ASSERT_TRUE(os::write_durably(fs_, folder_ / "keys/note.txt", bytes_of("x")));
  const auto listed = keys_.list().value();
  ASSERT_EQ(listed.size(), 2U);
  EXPECT_EQ(listed[0].name, "a");
  EXPECT_EQ(listed[1].name, "b");
  EXPECT_EQ(listed[1].key, keys_.open("b").value()->public_key());
}

TEST_F(FileKeyStoreTest, RefusesWhatIsNoKeyAndWhatIsNoName) {
  EXPECT_EQ(keys_.open("nobody").error().code, Code::NotFound);
  for (const char* name : {"", "../x", "a/b", ".hidden", "a b", "ä"}) {
    EXPECT_EQ(keys_.create(name).error().code, Code::InvalidArgument) << name;
    EXPECT_EQ(keys_.open(name).error().code, Code::InvalidArgument) << name;
  }
  EXPECT_TRUE(check_key_name(std::string(127, 'a')));
  EXPECT_FALSE(check_key_name(std::string(128, 'a')));
  ASSERT_TRUE(keys_.create("a"));
  ASSERT_TRUE(os::write_durably(fs_, folder_ / "keys/a.pem", bytes_of("none"), 0600));
  EXPECT_EQ(keys_.open("a").error().code, Code::InvalidArgument);
}

}  // namespace
}  // namespace tegula::identity

#include "logserver/timestamp_files.h"

#include <gtest/gtest.h>

#include "logserver/key_file.h"
#include "logserver/sample_timestamps.h"
#include "os/temporary_folder.h"

namespace tegula::logserver {
namespace {

class TimestampFilesTest : public ::testing::Test {
 protected:
  Code load_code() {
    const auto out = load_timestamp_authority(fs_, layout_);
    return out ? Code::Internal : out.error().code;
  }

  os::PosixFileSystem fs_;
  const os::TemporaryFolder folder_;
  const LogLayout layout_{folder_ / "log"};
  SeededRandom random_{1};
  const crypto::TimestampAuthority made_ = sample_timestamp_authority(random_);
};

TEST_F(TimestampFilesTest, KeepTheAuthority) {
  EXPECT_FALSE(load_timestamp_authority(fs_, layout_).value());
  ASSERT_TRUE(store_timestamp_authority(fs_, layout_, made_));
  EXPECT_EQ(fs_.stat(layout_.timestamp_key()).value().mode, 0600U);
  const auto loaded = load_timestamp_authority(fs_, layout_).value();
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->chain(), made_.chain());
  EXPECT_EQ(loaded->key().public_key(), made_.key().public_key());
}

TEST_F(TimestampFilesTest, AreValidForTenYears) {
  const crypto::Validity validity = made_.validity();
  EXPECT_EQ(validity.not_before_s, 1'700'000'000);
  EXPECT_EQ((validity.not_after_s - validity.not_before_s) / 86'400, 3652);
}

TEST_F(TimestampFilesTest, TakeThePlaceOfOthers) {
  ASSERT_TRUE(store_timestamp_authority(fs_, layout_, made_));
  for (const bool has_chain : {true, false}) {
    if (!has_chain) static_cast<void>(fs_.remove(layout_.timestamp_chain()));
    EXPECT_EQ(load_timestamp_authority(fs_, layout_).value().has_value(), has_chain);
    const auto other = sample_timestamp_authority(random_);
    ASSERT_TRUE(store_timestamp_authority(fs_, layout_, other));
    EXPECT_EQ(load_timestamp_authority(fs_, layout_).value()->chain(), other.chain());
  }
}

// The certificates are the new ones, and their key has not got its name yet.
TEST_F(TimestampFilesTest, HoldThoughTheStoreWasCutShort) {
  ASSERT_TRUE(store_timestamp_authority(fs_, layout_, made_));
  const auto other = sample_timestamp_authority(random_);
  ASSERT_TRUE(write_key_file(fs_, layout_.next_timestamp_key(), other.key()));
  EXPECT_EQ(load_timestamp_authority(fs_, layout_).value()->chain(), made_.chain());
  ASSERT_TRUE(os::write_durably(fs_, layout_.timestamp_chain(), bytes_of(other.chain_pem())));
  EXPECT_EQ(load_timestamp_authority(fs_, layout_).value()->chain(), other.chain());
  ASSERT_TRUE(store_timestamp_authority(fs_, layout_, made_));
  EXPECT_EQ(load_timestamp_authority(fs_, layout_).value()->chain(), made_.chain());
  EXPECT_FALSE(os::exists(fs_, layout_.next_timestamp_key()).value());
}

// A log that has an authority and can't use it says so, rather than to stamp no more.
TEST_F(TimestampFilesTest, AreRefusedIfTheyDoNotFit) {
  ASSERT_TRUE(store_timestamp_authority(fs_, layout_, made_));
  ASSERT_TRUE(fs_.set_mode(layout_.timestamp_key(), 0644));
  EXPECT_EQ(load_code(), Code::PermissionDenied);
  ASSERT_TRUE(fs_.remove(layout_.timestamp_key()));
  EXPECT_EQ(load_code(), Code::NotFound);
  ASSERT_TRUE(write_key_file(fs_, layout_.timestamp_key(),
                             crypto::PrivateKey::generate(crypto::KeyType::P256).value()));
  EXPECT_EQ(load_code(), Code::Untrusted);
  ASSERT_TRUE(fs_.remove(layout_.timestamp_key()));
  ASSERT_TRUE(create_key_file(fs_, layout_.timestamp_key()));
  EXPECT_EQ(load_code(), Code::InvalidArgument);
  ASSERT_TRUE(fs_.remove(layout_.timestamp_key()));
  ASSERT_TRUE(write_key_file(fs_, layout_.timestamp_key(), made_.key()));
  EXPECT_EQ(load_code(), Code::Internal);
  ASSERT_TRUE(os::write_durably(fs_, layout_.timestamp_chain(), bytes_of("no certificate")));
  EXPECT_EQ(load_code(), Code::InvalidArgument);
  ASSERT_TRUE(os::write_durably(fs_, layout_.timestamp_chain(),
                                bytes_of(std::string(2 * 8 * 64 * 1024 + 1, ' '))));
  EXPECT_EQ(load_code(), Code::Exhausted);
}

}  // namespace
}  // namespace tegula::logserver

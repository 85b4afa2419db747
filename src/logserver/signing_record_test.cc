#include "logserver/signing_record.h"

#include <gtest/gtest.h>

#include "os/faulty_file_system.h"
#include "os/temporary_folder.h"
#include "tlog/memory_tree.h"
#include "tlog/sample_keys.h"

namespace tegula::logserver {
namespace {

class SigningRecordTest : public ::testing::Test {
 protected:
  SigningRecordTest() {
    EXPECT_TRUE(SigningRecord::create(posix_, path_, sample_.key, sample_.signer));
  }

  Result<SigningRecord> open(os::FileSystem& fs) {
    return SigningRecord::open(fs, path_, sample_.key, sample_.signer);
  }
  Result<SignedCheckpoint> advance(SigningRecord& record, std::uint64_t size) {
    const std::uint64_t old = record.last().checkpoint.head.size;
    const auto proof =
        old <= size ? tlog::prove_consistency(tree_, old, size).value() : tlog::Proof();
    return record.advance(tree_.head(size), proof);
  }

  const os::TemporaryFolder folder_;
  const os::Path path_ = folder_ / "record";
  os::PosixFileSystem posix_;
  tlog::SampleKey sample_ = tlog::sample_key("log.example", 1);
  tlog::MemoryTree tree_ = tlog::counted_tree(100);
};

TEST_F(SigningRecordTest, BeginsWithTheEmptyTreeAndOnlyOnce) {
  EXPECT_EQ(open(posix_).value().last().checkpoint.head, tree_.head(0));
  EXPECT_EQ(SigningRecord::create(posix_, path_, sample_.key, sample_.signer).error().code,
            Code::AlreadyExists);
}

TEST_F(SigningRecordTest, RemembersWhatItSigned) {
  auto record = open(posix_).value();
  for (const std::uint64_t size : {1U, 2U, 50U, 50U, 100U}) {
    const auto next = advance(record, size);
    ASSERT_TRUE(next) << next.error().text;
    EXPECT_EQ(next->checkpoint.head, tree_.head(size));
    EXPECT_EQ(read_signed_checkpoint(tlog::encode(next->note), sample_.key).value(), *next);
    EXPECT_EQ(open(posix_).value().last(), *next);
  }
}

TEST_F(SigningRecordTest, SignsNoSecondHistory) {
  auto record = open(posix_).value();
  ASSERT_TRUE(advance(record, 50));
  EXPECT_EQ(advance(record, 49).error().code, Code::Untrusted);
  tlog::MemoryTree other;
  for (std::uint64_t i = 0; i < 80; ++i) other.append(tree_.leaf(i == 7 ? 8 : i));
  for (const std::uint64_t size : {50U, 80U}) {
    const auto proof = tlog::prove_consistency(other, 50, size).value();
    EXPECT_EQ(record.advance(other.head(size), proof).error().code, Code::Untrusted);
  }
  EXPECT_EQ(open(posix_).value().last().checkpoint.head, tree_.head(50));
  EXPECT_TRUE(advance(record, 80));
}

TEST_F(SigningRecordTest, NoticesAnotherSigner) {
  auto one = open(posix_).value();
  auto other = open(posix_).value();
  ASSERT_TRUE(advance(other, 10));
  EXPECT_EQ(advance(one, 20).error().code, Code::Corrupt);
  EXPECT_EQ(open(posix_).value().last().checkpoint.head.size, 10U);
  ASSERT_TRUE(one.reload());
  EXPECT_TRUE(advance(one, 20));
}

TEST_F(SigningRecordTest, IsRefusedIfItIsDamagedOrForged) {
  auto record = open(posix_).value();
  ASSERT_TRUE(advance(record, 50));
  const std::string good = os::read_file(posix_, path_, 1000).value();
  const auto other = tlog::sample_key("log.example", 2);
  const os::TemporaryFolder elsewhere;
  ASSERT_TRUE(SigningRecord::create(posix_, elsewhere / "r", other.key, other.signer));
  const std::string forged = os::read_file(posix_, elsewhere / "r", 1000).value();
  std::string larger = good;
  larger.replace(larger.find("50"), 2, "51");
  for (const std::string& bad :
       {std::string(), good.substr(1), good.substr(0, good.size() - 9), forged, larger}) {
    ASSERT_TRUE(os::write_durably(posix_, path_, bytes_of(bad)));
    EXPECT_EQ(open(posix_).error().code, Code::Corrupt) << bad;
  }
  ASSERT_TRUE(posix_.remove(path_));
  EXPECT_EQ(open(posix_).error().code, Code::NotFound);
}

// After a failure nobody knows which of the two checkpoints is on disk.
TEST_F(SigningRecordTest, SignsNothingAfterAFailureBeforeItHasLooked) {
  for (std::size_t at = 0;; ++at) {
    const os::TemporaryFolder folder;
    const os::Path path = folder / "record";
    ASSERT_TRUE(SigningRecord::create(posix_, path, sample_.key, sample_.signer));
    os::FaultyFileSystem faulty(posix_, {.at = at});
    auto record = SigningRecord::open(faulty, path, sample_.key, sample_.signer);
    if (!record) continue;
    if (advance(*record, 10)) break;
    EXPECT_EQ(advance(*record, 20).error().code, Code::Unavailable) << at;
    ASSERT_TRUE(record->reload());
    const std::uint64_t size = record->last().checkpoint.head.size;
    EXPECT_TRUE(size == 0 || size == 10) << size;
    EXPECT_TRUE(advance(*record, 20));
  }
}

}  // namespace
}  // namespace tegula::logserver

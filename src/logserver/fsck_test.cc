#include "logserver/fsck.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/limits.h"
#include "logserver/sample_log.h"
#include "os/temporary_folder.h"

namespace tegula::logserver {
namespace {

using ::testing::IsEmpty;

class FsckTest : public ::testing::Test {
 protected:
  FsckTest() {
    key_ = sample_.create();
    EXPECT_TRUE(sample_.open());
    for (const std::size_t count : {3U, 500U, 97U}) {
      sample_.add(sample_entries(size_, count));
      size_ += count;
      EXPECT_TRUE(sample_.publish());
    }
    sample_.close();
  }

  std::string read(const std::string& path) {
    return os::read_file(fs_, folder_ / "log" / path, 1'000'000).value();
  }
  void write(const std::string& path, const std::string& bytes) {
    ASSERT_TRUE(os::write_durably(fs_, folder_ / "log" / path, bytes_of(bytes)));
  }
  std::vector<std::string> faults(bool with_record = true) {
    NoProgress silent;
    const TileStore store(fs_, folder_ / "log" / "public");
    const auto record = [&]() -> Result<OwnRecord> {
      OwnRecord out;
      if (with_record) out.text = read("record");
      return out;
    };
    const auto report = check_log(store, *key_, record, silent, {}).value();
    std::vector<std::string> out;
    for (const LogFault& fault : report.faults)
      out.push_back(fmt::format("{} {}", name_of(fault.kind), fault.path));
    return out;
  }
  // What is said once the file has these bytes.
  std::vector<std::string> with(const std::string& path, const std::string& bytes) {
    const std::string good = read(path);
    write(path, bytes);
    auto out = faults();
    write(path, good);
    EXPECT_THAT(faults(), IsEmpty());
    return out;
  }
  std::string flipped(const std::string& path, std::size_t at) {
    std::string out = read(path);
    out[at] ^= 0x10;
    return out;
  }

  os::PosixFileSystem fs_;
  const os::TemporaryFolder folder_;
  SampleLog sample_{fs_, folder_ / "log"};
  Result<tlog::NoteKey> key_ = fail(Code::Internal, "");
  std::size_t size_ = 0;
};

using Names = std::vector<std::string>;

TEST_F(FsckTest, FindsNothingInASoundLog) {
  EXPECT_THAT(faults(), IsEmpty());
  EXPECT_THAT(faults(false), IsEmpty());
}

// Every file of it, one bit in each.
TEST_F(FsckTest, FindsAFlippedBitAndNamesItsFile) {
  for (const char* path : {"tile/entries/000", "tile/entries/001", "tile/entries/002.p/88",
                           "tile/0/000", "tile/0/001", "tile/0/002.p/88", "tile/1/000.p/2"}) {
    const std::string file = std::string("public/") + path;
    EXPECT_EQ(with(file, flipped(file, read(file).size() - 3)),
              Names{fmt::format("damaged {}", path)});
  }
}

TEST_F(FsckTest, FindsMissingFiles) {
  for (const char* path : {"tile/entries/001", "tile/entries/002.p/88", "tile/0/000",
                           "tile/0/002.p/88", "tile/1/000.p/2"}) {
    const os::Path file = folder_ / "log/public" / path;
    const std::string good = read(std::string("public/") + path);
    ASSERT_TRUE(fs_.remove(file));
    EXPECT_EQ(faults(), Names{fmt::format("missing {}", path)});
    write(std::string("public/") + path, good);
  }
}

TEST_F(FsckTest, FindsTruncatedFiles) {
  for (const char* path :
       {"tile/entries/000", "tile/entries/002.p/88", "tile/0/001", "tile/1/000.p/2"}) {
    const std::string file = std::string("public/") + path;
    const std::string good = read(file);
    EXPECT_EQ(with(file, good.substr(0, good.size() - 5)),
              Names{fmt::format("truncated {}", path)});
    EXPECT_EQ(with(file, ""), Names{fmt::format("truncated {}", path)});
  }
}

TEST_F(FsckTest, FindsAForgedCheckpoint) {
  std::string forged = read("public/checkpoint");
  forged.replace(forged.find("600"), 3, "599");
  EXPECT_EQ(with("public/checkpoint", forged), Names{"forged checkpoint"});
  EXPECT_EQ(with("record", forged), Names{"forged record"});
  EXPECT_EQ(with("public/checkpoint", "nonsense"), Names{"forged checkpoint"});
  // By the right key, but over another history.
  const os::TemporaryFolder elsewhere;
  const auto copy = std::filesystem::copy_options::recursive;
  std::filesystem::copy(folder_ / "log", elsewhere / "log", copy);
  std::filesystem::remove_all(elsewhere / "log/public");
  std::filesystem::remove(elsewhere / "log/record");
  SampleLog other(fs_, elsewhere / "log");
  ASSERT_EQ(other.create().value(), *key_);
  ASSERT_TRUE(other.open());
  other.add(sample_entries(1000, 600));
  ASSERT_TRUE(other.publish());
  EXPECT_EQ(with("public/checkpoint",
                 os::read_file(fs_, elsewhere / "log/public/checkpoint", 10'000).value()),
            Names{"forged checkpoint"});
}

// The log goes on meanwhile: what is published later than the record was read counts for nothing.
TEST_F(FsckTest, FindsNothingInABusyLog) {
  ASSERT_TRUE(sample_.open());
  const auto record_of_a_moment = [&]() -> Result<OwnRecord> {
    OwnRecord out{.text = read("record")};
    sample_.add(sample_entries(600, 100));
    EXPECT_TRUE(sample_.publish());
    return out;
  };
  NoProgress silent;
  const TileStore store(fs_, folder_ / "log" / "public");
  const auto report = check_log(store, *key_, record_of_a_moment, silent, {}).value();
  EXPECT_EQ(report.size, 600U);
  EXPECT_THAT(report.faults, IsEmpty());
}

TEST_F(FsckTest, TakesAFullTileForAPartialOne) {
  ASSERT_TRUE(sample_.open());
  sample_.add(sample_entries(600, 168));
  ASSERT_TRUE(sample_.publish());
  EXPECT_THAT(faults(), IsEmpty());
}

}  // namespace
}  // namespace tegula::logserver

// The power fails under a witness, after any one operation: it still knows every checkpoint that it
// has cosigned, and cosigns nothing that doesn't continue it.
#include <set>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "careless_file_system.h"
#include "logserver/witness.h"
#include "os/disk_model.h"
#include "os/faulty_file_system.h"
#include "os/recording_file_system.h"
#include "os/temporary_folder.h"
#include "tlog/memory_tree.h"
#include "tlog/sample_keys.h"

namespace tegula::logserver {
namespace {

using crash::CarelessFileSystem;
using crash::kQuick;

constexpr const char* kOrigin = "log.example";

class WitnessCrash : public ::testing::Test {
 protected:
  WitnessCrash() { std::filesystem::create_directory(home()); }

  os::Path home() const { return folder_ / "home"; }
  os::Path root() const { return home() / "witness"; }

  Result<std::unique_ptr<Witness>> open(os::FileSystem& fs) const {
    return Witness::open(fs, clock_, root());
  }
  void create(os::FileSystem& fs) const {
    tlog::Policy logs;
    logs.logs.push_back({.key = log_.key, .url = {}});
    static_cast<void>(create_witness(fs, root(), "witness.example", logs));
  }

  std::string request(std::uint64_t old_size, std::uint64_t size, tlog::MemoryTree& tree) const {
    const tlog::Checkpoint checkpoint{.origin = kOrigin, .head = tree.head(size)};
    CosignRequest out{.old_size = old_size};
    out.checkpoint.text = tlog::encode(checkpoint);
    out.checkpoint.signatures = {
        tlog::sign_note(out.checkpoint.text, log_.key, log_.signer).value()};
    out.proof = tlog::prove_consistency(tree, old_size, size).value();
    return encode(out);
  }

  // The checkpoints that it cosigns, one after the other, until one fails.
  std::uint64_t grow(os::FileSystem& fs, std::uint64_t seen) {
    const auto witness = open(fs);
    if (!witness) return seen;
    for (const std::uint64_t size : {5U, 9U, 30U}) {
      if (size <= seen) continue;
      if ((*witness)->add_checkpoint(request(seen, size, tree_)).status != 200) return seen;
      seen = size;
    }
    return seen;
  }

  // It has seen `seen` or, if it was cut short, something larger of the same history; never less.
  std::vector<std::string> inspect(std::uint64_t seen) {
    os::PosixFileSystem posix;
    CarelessFileSystem quick(posix, kQuick);
    if (seen == 0) create(quick);
    const auto witness = open(quick);
    if (!witness) return {witness.error().text};
    std::vector<std::string> faults;
    tlog::MemoryTree other;
    for (std::uint64_t i = 0; i < 100; ++i) other.append(tree_.leaf(i == 2 ? 3 : i));
    for (const std::uint64_t size : {0U, 5U, 9U, 30U}) {
      const int fork = (*witness)->add_checkpoint(request(size, 60, other)).status;
      if (fork != 409 && fork != 422 && (size > 0 || seen > 0))
        faults.push_back(fmt::format("a fork from {} got {}", size, fork));
      if (size < seen && fork != 409) faults.push_back(fmt::format("a rollback to {}", size));
      if (seen == 0) return faults;
    }
    for (const std::uint64_t size : {0U, 5U, 9U, 30U})
      if ((*witness)->add_checkpoint(request(size, 90, tree_)).status == 200) return faults;
    faults.emplace_back("it cosigns no continuation");
    return faults;
  }

  void put_into_home(const os::DiskModel& disk, const os::CrashMode& mode) const {
    std::filesystem::remove_all(home());
    std::filesystem::create_directory(home());
    ASSERT_TRUE(disk.write_to(home(), mode));
  }

  const os::TemporaryFolder folder_;
  ManualClock clock_;
  tlog::SampleKey log_ = tlog::sample_key(kOrigin, 1);
  tlog::MemoryTree tree_ = tlog::counted_tree(100);
};

TEST_F(WitnessCrash, ForgetsNothing) {
  os::PosixFileSystem posix;
  CarelessFileSystem quick(posix, kQuick);
  std::size_t crashes = 0;
  for (std::size_t at = 0; !HasFailure(); ++at) {
    std::filesystem::remove_all(home());
    std::filesystem::create_directory(home());
    os::RecordingFileSystem recording(quick, home());
    os::FaultyFileSystem killed(recording,
                                {.at = at, .code = Code::PermissionDenied, .lasting = true});
    create(killed);
    std::uint64_t seen = grow(killed, 0);
    const bool was_killed = killed.changes() > at;
    // Power fails after the kill, or after the next program has gone on.
    for (const bool goes_on : {false, true}) {
      if (goes_on) {
        create(recording);
        seen = grow(recording, seen);
      }
      os::DiskModel disk;
      for (const os::Operation& operation : recording.record()) disk.apply(operation);
      std::set<std::string> outlines;
      for (const os::CrashMode& mode : os::plain_crash_modes()) {
        if (!outlines.insert(disk.outline(mode)).second) continue;
        ++crashes;
        const os::TemporaryFolder saved;
        std::filesystem::copy(home(), saved / "home", std::filesystem::copy_options::recursive);
        put_into_home(disk, mode);
        EXPECT_THAT(inspect(seen), ::testing::IsEmpty()) << at << ", " << os::describe(mode);
        std::filesystem::remove_all(home());
        std::filesystem::copy(saved / "home", home(), std::filesystem::copy_options::recursive);
      }
    }
    if (!was_killed) break;
  }
  EXPECT_GT(crashes, 80U);
}

}  // namespace
}  // namespace tegula::logserver

// The power fails while a log's timestamp authority is renewed, on disks that forget what was not
// synced: whoever stamps then is believed by the trusted root, now and for what was stamped before,
// and renewing again leaves one authority for what comes.
#include <set>

#include <gtest/gtest.h>

#include "attest/trusted_root.h"
#include "careless_file_system.h"
#include "logserver/authority_renewal.h"
#include "logserver/timestamp_files.h"
#include "logserver/trust_files.h"
#include "os/disk_model.h"
#include "os/faulty_file_system.h"
#include "os/recording_file_system.h"
#include "os/temporary_folder.h"

namespace tegula::logserver {
namespace {

using crash::CarelessFileSystem;
using crash::kQuick;

std::vector<os::CrashMode> crash_modes() {
  std::vector<os::CrashMode> out = os::plain_crash_modes();
  for (std::uint64_t seed = 0; seed < 2; ++seed)
    out.push_back({os::UnsyncedNames::Mixed, os::UnsyncedBytes::Mixed, seed});
  return out;
}

class AuthorityCrash : public ::testing::Test {
 protected:
  os::Path home() const { return folder_ / "home"; }
  LogLayout layout() const { return LogLayout(home() / "log"); }

  // A log whose authority has stamped something.
  void SetUp() override {
    ASSERT_TRUE(posix_.make_folder(home(), 0755));
    const LogConfig config{.kind = LogKind::Rekor, .origin = "log.example", .url = {}};
    const auto authority = make_timestamp_authority(config.origin, clock_.now(), random_).value();
    const auto companions = [&](const tlog::NoteKey& key) -> Result<void> {
      const PublicLog log{
          .config = config, .key = key, .since = clock_.now(), .authority = &authority};
      TRY(store_timestamp_authority(quick_, layout(), authority));
      TRY(os::write_durably(quick_, layout().trusted_root(), bytes_of(trusted_root_json(log))));
      return os::write_durably(quick_, layout().signing_config(),
                               bytes_of(signing_config_json(log)));
    };
    ASSERT_TRUE(create_log({quick_, clock_, random_}, layout().root(), config, {}, companions));
    first_ = authority.chain();
    stamped_s_ = authority.validity().not_before_s;
    for (const os::Operation& operation : os::RecordingFileSystem(quick_, home()).record())
      begin_.apply(operation);
  }

  Result<Renewal> renew(os::FileSystem& fs) {
    clock_.advance(std::chrono::hours(24));
    return renew_timestamp_authority({fs, clock_, random_}, layout().root());
  }

  void put_into_home(const os::DiskModel& disk, const os::CrashMode& mode) const {
    std::filesystem::remove_all(home());
    std::filesystem::create_directory(home());
    ASSERT_TRUE(disk.write_to(home(), mode));
  }

  // How many authorities are believed for what is stamped from now on.
  std::size_t check(const std::string& what) {
    clock_.advance(std::chrono::hours(24));
    const std::int64_t now_s =
        std::chrono::floor<std::chrono::seconds>(clock_.now()).time_since_epoch().count();
    const auto text = os::read_file(posix_, layout().trusted_root(), 1 << 20);
    const auto root = attest::parse_trusted_root(text.value_or(""));
    const auto authority = load_timestamp_authority(posix_, layout());
    EXPECT_TRUE(root && authority && *authority) << what;
    if (!root || !authority || !*authority) return 0;
    bool stamps_count = false, old_stamps_count = false;
    std::size_t open = 0;
    for (const attest::TrustedAuthority& one : root->timestamp_authorities) {
      const bool is_open = one.validity.contains(now_s);
      if (is_open) ++open;
      stamps_count |= is_open && one.chain == (*authority)->chain();
      old_stamps_count |= one.chain == first_ && one.validity.contains(stamped_s_);
    }
    EXPECT_TRUE(stamps_count) << what;
    EXPECT_TRUE(old_stamps_count) << what;
    return open;
  }

  // The power fails after each operation of a renewal that goes on from what is there.
  std::size_t crash_everywhere(os::FileSystem& fs, const std::string& what) {
    os::RecordingFileSystem recording(fs, home());
    EXPECT_TRUE(renew(recording)) << what;
    EXPECT_EQ(check(what), 1U) << what;
    const os::Record record = recording.record();
    std::size_t crashes = 0;
    os::DiskModel disk;
    std::set<std::string> seen;
    for (std::size_t i = 0; i < record.size(); ++i) {
      disk.apply(record[i]);
      if (i + 1 < recording.setup_count()) continue;
      for (const os::CrashMode& mode : crash_modes()) {
        if (!seen.insert(disk.outline(mode)).second) continue;
        ++crashes;
        put_into_home(disk, mode);
        const std::string where =
            what + ", then after \"" + os::describe(record[i]) + "\", " + os::describe(mode);
        check(where);
        if (::testing::Test::HasFailure()) return crashes;
      }
    }
    return crashes;
  }

  os::PosixFileSystem posix_;
  CarelessFileSystem quick_{posix_, kQuick};
  os::TemporaryFolder folder_;
  ManualClock clock_;
  SeededRandom random_{1};
  os::DiskModel begin_;
  std::vector<crypto::Certificate> first_;
  std::int64_t stamped_s_ = 0;
};

constexpr os::CrashMode kKill{.names = os::UnsyncedNames::Kept, .bytes = os::UnsyncedBytes::Kept};

// Each renewal is killed at every change, the next one goes on from there.
TEST_F(AuthorityCrash, LeavesAnAuthorityThatIsBelieved) {
  std::size_t crashes = 0;
  for (std::size_t at = 0; !HasFailure(); ++at) {
    put_into_home(begin_, kKill);
    os::FaultyFileSystem killed(quick_,
                                {.at = at, .code = Code::PermissionDenied, .lasting = true});
    const bool is_done = renew(killed).has_value();
    const std::string what = "killed at change " + std::to_string(at);
    check(what);
    crashes += crash_everywhere(quick_, what);
    if (is_done) break;
  }
  EXPECT_GT(crashes, 500U);
}

// The test must be able to fail.
TEST_F(AuthorityCrash, FindsOutADiskThatSyncsNoFile) {
  const os::Path root = layout().root();
  os::RecordingFileSystem recording(quick_, home());
  CarelessFileSystem careless(recording, {.syncs_files = false});
  ASSERT_TRUE(renew(careless));
  os::DiskModel disk;
  for (const os::Operation& operation : recording.record()) disk.apply(operation);
  put_into_home(disk, {.names = os::UnsyncedNames::Kept, .bytes = os::UnsyncedBytes::Dropped});
  const auto text = os::read_file(posix_, layout().trusted_root(), 1 << 20);
  EXPECT_FALSE(attest::parse_trusted_root(text.value_or("")));
}

}  // namespace
}  // namespace tegula::logserver

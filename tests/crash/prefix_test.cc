// The power fails after any one operation, on disks that forget what was not synced in every way
// that os::CrashMode has: the store opens, holds all that was acknowledged, shows nothing
// half-made, and works on.
#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "inspection.h"
#include "recorded_day.h"

namespace tegula::crash {
namespace {

// So many faults are enough to see what is wrong.
constexpr std::size_t kFaultsMax = 12;

class Crashes {
 public:
  explicit Crashes(const RecordedDay& day) : day_(day) {}

  // After each operation whose number `stride` divides, in each mode.
  void go_through(const std::vector<os::CrashMode>& modes, std::size_t stride = 1);

  std::size_t count() const { return count_; }  // that left something no crash before had left
  const std::vector<std::string>& faults() const { return faults_; }

 private:
  void crash(std::size_t operations, const os::CrashMode& mode);

  const RecordedDay& day_;
  os::DiskModel disk_;
  std::size_t steps_done_ = 0;
  bool is_between_ = false;     // the next step has begun
  std::set<std::string> seen_;  // since the last step ended
  std::size_t count_ = 0;
  std::vector<std::string> faults_;
};

void Crashes::go_through(const std::vector<os::CrashMode>& modes, std::size_t stride) {
  std::size_t operations = 0;
  for (const os::Operation& operation : day_.record()) {
    disk_.apply(operation);
    is_between_ = operation.kind != os::Operation::Kind::Mark;
    if (!is_between_) ++steps_done_;
    if (!is_between_) seen_.clear();
    if (++operations % stride != 0 || faults_.size() >= kFaultsMax) continue;
    for (const os::CrashMode& mode : modes) crash(operations, mode);
  }
}

void Crashes::crash(std::size_t operations, const os::CrashMode& mode) {
  if (!seen_.insert(disk_.outline(mode)).second) return;
  ++count_;
  day_.put_into_home(disk_, mode);
  const State& before = day_.states()[steps_done_];
  const State& after = is_between_ ? day_.states()[steps_done_ + 1] : before;
  for (const std::string& fault : inspect(day_.home(), before, after))
    faults_.push_back(fmt::format(
        "after {} operations, {} steps, the last \"{}\"; {}: {}", operations, steps_done_,
        os::describe(day_.record()[operations - 1]), os::describe(mode), fault));
}

void expect_no_faults(const Crashes& crashes) {
  for (const std::string& fault : crashes.faults()) ADD_FAILURE() << fault;
}

TEST(Prefix, EveryCrashLeavesAValidStore) {
  const RecordedDay day;
  EXPECT_GT(day.record().size(), 800U);
  EXPECT_EQ(day.states().back().names.size(), 4U);
  Crashes crashes(day);
  crashes.go_through(crash_modes(2));
  EXPECT_GT(crashes.count(), day.record().size());
  expect_no_faults(crashes);
}

// Where files come in and become readable by reflink.
TEST(Prefix, EveryCrashLeavesAValidStoreOnADiskWithReflinks) {
  const RecordedDay day(kQuickWithClones);
  const auto is_clone = [](const os::Operation& operation) {
    return operation.kind == os::Operation::Kind::Reflink;
  };
  EXPECT_GT(std::ranges::count_if(day.record(), is_clone), 5);
  Crashes crashes(day);
  crashes.go_through({{os::UnsyncedNames::Undone, os::UnsyncedBytes::Dropped},
                      {os::UnsyncedNames::Kept, os::UnsyncedBytes::Zeros},
                      {os::UnsyncedNames::Mixed, os::UnsyncedBytes::Mixed, 1}});
  expect_no_faults(crashes);
}

// The tests above must be able to fail.
TEST(Prefix, AStoreThatSyncsNoFileIsFoundOut) {
  const RecordedDay day(kQuick, {.syncs_files = false});
  Crashes crashes(day);
  crashes.go_through(os::plain_crash_modes(), 7);
  EXPECT_FALSE(crashes.faults().empty());
}

TEST(Prefix, AStoreThatSyncsNoFolderIsFoundOut) {
  const RecordedDay day(kQuick, {.syncs_folders = false});
  Crashes crashes(day);
  crashes.go_through(os::plain_crash_modes(), 7);
  EXPECT_FALSE(crashes.faults().empty());
}

}  // namespace
}  // namespace tegula::crash

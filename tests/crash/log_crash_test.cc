// The power fails under a log, after any one operation, on disks that forget what was not synced:
// the log opens, every entry that was acknowledged is there with its proof, and whatever it signs
// from then on continues every checkpoint that anybody has seen.
#include <set>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "careless_file_system.h"
#include "logserver/sample_log.h"
#include "os/disk_model.h"
#include "os/faulty_file_system.h"
#include "os/recording_file_system.h"
#include "os/temporary_folder.h"

namespace tegula::logserver {
namespace {

using crash::CarelessFileSystem;
using crash::kQuick;

constexpr std::size_t kFaultsMax = 12;
constexpr os::CrashMode kKill{.names = os::UnsyncedNames::Kept, .bytes = os::UnsyncedBytes::Kept};

std::vector<os::CrashMode> crash_modes() {
  std::vector<os::CrashMode> out = os::plain_crash_modes();
  for (std::uint64_t seed = 0; seed < 2; ++seed)
    out.push_back({os::UnsyncedNames::Mixed, os::UnsyncedBytes::Mixed, seed});
  return out;
}

// What clients do to a log, one thing after the other. A step notes what it was promised, whether
// it comes to its end or not.
using Step = void (*)(SampleLog&, Promises&);

void add_entries(SampleLog& log, Promises& promises, std::size_t first, std::size_t count) {
  const auto entries = sample_entries(first, count);
  const auto answers = log.add(entries);
  for (std::size_t i = 0; i < count; ++i)
    if (answers[i]) promises.entries[answers[i]->index] = entries[i];
  promises.notes.push_back(tlog::encode(log.log().sequencer().head().note));
}

void publish(SampleLog& log, Promises& promises) {
  static_cast<void>(log.publish());
  if (const auto published = log.log().publisher().last())
    promises.notes.push_back(published->note);
}

const std::vector<Step>& steps() {
  static const std::vector<Step> kSteps = {
      [](SampleLog& log, Promises&) { static_cast<void>(log.create()); },
      publish,
      [](SampleLog& log, Promises& p) { add_entries(log, p, 0, 3); },
      [](SampleLog& log, Promises& p) { add_entries(log, p, 3, 252); },
      publish,
      [](SampleLog& log, Promises& p) { add_entries(log, p, 255, 1); },
      publish,
      [](SampleLog& log, Promises& p) { add_entries(log, p, 256, 300); },
      [](SampleLog& log, Promises& p) { add_entries(log, p, 250, 20); },  // brought before
      publish,
      [](SampleLog& log, Promises& p) { add_entries(log, p, 556, 214); },
      publish,
  };
  return kSteps;
}

// Does a step as a program of its own.
void do_step(std::size_t number, os::FileSystem& fs, const os::Path& root, Promises& promises) {
  SampleLog log(fs, root);
  if (number > 0 && !log.open()) return;
  steps()[number](log, promises);
}

// All steps, recorded, with a mark after each.
class RecordedLog {
 public:
  explicit RecordedLog(const crash::Care& care = {}) {
    os::PosixFileSystem posix;
    CarelessFileSystem quick(posix, kQuick);
    EXPECT_TRUE(posix.make_folder(home(), 0755));
    os::RecordingFileSystem recording(quick, home());
    CarelessFileSystem fs(recording, care);
    promises_.emplace_back();
    for (std::size_t number = 0; number < steps().size(); ++number) {
      promises_.push_back(promises_.back());
      do_step(number, fs, root(), promises_.back());
      recording.mark("done");
    }
    record_ = recording.record();
  }

  os::Path home() const { return folder_ / "home"; }
  os::Path root() const { return home() / "log"; }
  const os::Record& record() const { return record_; }
  const std::vector<Promises>& promises() const { return promises_; }  // after so many steps

  void put_into_home(const os::DiskModel& disk, const os::CrashMode& mode) const {
    std::filesystem::remove_all(home());
    std::filesystem::create_directory(home());
    EXPECT_TRUE(disk.write_to(home(), mode));
  }

  // As it was after so many steps.
  void restore(std::size_t count) const {
    os::DiskModel disk;
    std::size_t done = 0;
    for (auto at = record_.begin(); at != record_.end() && done < count; ++at) {
      disk.apply(*at);
      if (at->kind == os::Operation::Kind::Mark) ++done;
    }
    put_into_home(disk, kKill);
  }

 private:
  os::TemporaryFolder folder_;
  os::Record record_;
  std::vector<Promises> promises_;
};

// Looks at what is there as the next program would, and uses it.
std::vector<std::string> inspect(const os::Path& root, Promises promises) {
  os::PosixFileSystem posix;
  CarelessFileSystem quick(posix, kQuick);
  SampleLog log(quick, root);
  if (promises.notes.empty()) static_cast<void>(log.create());  // perhaps it never was
  if (const auto opened = log.open(); !opened) return {opened.error().text};
  auto faults = broken_promises(log.log(), promises);
  add_entries(log, promises, 100'000, 2);
  if (!log.publish()) faults.emplace_back("it does not publish");
  publish(log, promises);
  if (const auto again = log.open(); !again) return {again.error().text};
  for (const std::string& fault : broken_promises(log.log(), promises)) faults.push_back(fault);
  return faults;
}

struct Outcome {
  std::size_t crashes = 0;
  std::vector<std::string> faults{};
};

// The power fails after each operation whose number `stride` divides.
Outcome crash_everywhere(const RecordedLog& day, std::size_t stride = 1) {
  Outcome out;
  os::DiskModel disk;
  std::set<std::string> seen;
  std::size_t operations = 0, done = 0;
  for (const os::Operation& operation : day.record()) {
    disk.apply(operation);
    if (operation.kind == os::Operation::Kind::Mark) {
      ++done;
      seen.clear();
    }
    if (++operations % stride != 0) continue;
    for (const os::CrashMode& mode : crash_modes()) {
      if (out.faults.size() >= kFaultsMax) return out;
      if (!seen.insert(disk.outline(mode)).second) continue;
      ++out.crashes;
      day.put_into_home(disk, mode);
      for (const std::string& fault : inspect(day.root(), day.promises()[done]))
        out.faults.push_back(fmt::format("after {} operations, {} steps, the last \"{}\"; {}: {}",
                                         operations, done, os::describe(operation),
                                         os::describe(mode), fault));
    }
  }
  return out;
}

TEST(LogCrash, LosesNothingAndForksNothing) {
  const RecordedLog day;
  EXPECT_EQ(day.promises().back().entries.size(), 770U);
  EXPECT_GT(day.record().size(), 250U);
  const Outcome outcome = crash_everywhere(day);
  EXPECT_GT(outcome.crashes, day.record().size());
  EXPECT_THAT(outcome.faults, ::testing::IsEmpty());
}

// The tests must be able to fail.
TEST(LogCrash, FindsOutALogThatSyncsNoFile) {
  const RecordedLog day({.syncs_files = false});
  EXPECT_FALSE(crash_everywhere(day, 7).faults.empty());
}

TEST(LogCrash, FindsOutALogThatSyncsNoFolder) {
  const RecordedLog day({.syncs_folders = false});
  EXPECT_FALSE(crash_everywhere(day, 7).faults.empty());
}

// A program is killed at every change, the next one goes on from what it finds, and then the power
// fails: what the second one promised must not rest on names that the first one never synced.
TEST(LogCrash, LosesNothingAfterAKillAndAPowerCut) {
  const RecordedLog day;
  os::PosixFileSystem posix;
  CarelessFileSystem quick(posix, kQuick);
  std::size_t crashes = 0;
  for (std::size_t number = 0; number < steps().size(); ++number) {
    for (std::size_t at = 0; !::testing::Test::HasFailure(); ++at) {
      day.restore(number);
      os::RecordingFileSystem recording(quick, day.home());
      os::FaultyFileSystem killed(recording,
                                  {.at = at, .code = Code::PermissionDenied, .lasting = true});
      Promises promises = day.promises()[number];
      do_step(number, killed, day.root(), promises);
      const bool was_killed = killed.changes() > at;
      {
        SampleLog next(recording, day.root());
        if (number == 0) static_cast<void>(next.create());
        ASSERT_TRUE(next.open()) << number << ", " << at;
        add_entries(next, promises, 200'000, 3);
        publish(next, promises);
      }
      os::DiskModel disk;
      for (const os::Operation& operation : recording.record()) disk.apply(operation);
      std::set<std::string> outlines;
      for (const os::CrashMode& mode : crash_modes()) {
        if (!outlines.insert(disk.outline(mode)).second) continue;
        ++crashes;
        day.put_into_home(disk, mode);
        EXPECT_THAT(inspect(day.root(), promises), ::testing::IsEmpty())
            << "step " << number << ", killed at " << at << "; " << os::describe(mode);
      }
      if (!was_killed) break;
    }
  }
  EXPECT_GT(crashes, 300U);
}

}  // namespace
}  // namespace tegula::logserver

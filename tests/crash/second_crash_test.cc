// A program is killed, the next one finds its unfinished work and goes on from there, and then the
// power fails. What the second one acknowledged must not rest on names that the first one made and
// never synced.
#include <algorithm>
#include <memory>
#include <set>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "inspection.h"
#include "os/faulty_file_system.h"
#include "os/recording_file_system.h"
#include "recorded_day.h"

namespace tegula::crash {
namespace {

class SecondCrash : public ::testing::Test {
 protected:
  // Kills a step at its change number `at`. False if the step ended before.
  bool kill_step(std::size_t number, std::size_t at);

  // Lets the power fail now, in every mode.
  void fail_power(const State& before, const State& after, const std::string& where);

  const RecordedDay day_;
  os::PosixFileSystem posix_;
  CarelessFileSystem quick_{posix_, kQuick};
  std::unique_ptr<os::RecordingFileSystem> recording_;  // since the killed step began
  std::set<std::string> seen_;
  std::size_t crashes_ = 0;
};

bool SecondCrash::kill_step(std::size_t number, std::size_t at) {
  day_.restore(number);
  recording_ = std::make_unique<os::RecordingFileSystem>(quick_, day_.home());
  os::FaultyFileSystem killed(*recording_,
                              {.at = at, .code = Code::PermissionDenied, .lasting = true});
  static_cast<void>(do_step(number, killed, day_.home()));
  return killed.changes() > at;
}

void SecondCrash::fail_power(const State& before, const State& after, const std::string& where) {
  os::DiskModel disk;
  for (const os::Operation& operation : recording_->record()) disk.apply(operation);
  std::set<std::string> outlines;
  for (const os::CrashMode& mode : crash_modes(2)) {
    if (!outlines.insert(disk.outline(mode)).second) continue;
    day_.put_into_home(disk, mode);
    // After most kills the same is left; what it must be differs by the step.
    const std::string key =
        fmt::format("{} {} {}", where, before == after, digest_of_tree(day_.home()).str());
    if (!seen_.insert(key).second) continue;
    ++crashes_;
    for (const std::string& fault : inspect(day_.home(), before, after))
      ADD_FAILURE() << where << "; " << os::describe(mode) << ": " << fault;
  }
}

TEST_F(SecondCrash, LosesNothingThatWasAcknowledgedAfterTheFirst) {
  for (std::size_t number = 0; number < steps().size(); ++number) {
    const Step step = steps()[number];
    if (step.is_preparation) continue;
    for (std::size_t at = 0; !HasFailure() && kill_step(number, at); ++at) {
      const auto again = do_step(number, *recording_, day_.home(), 1);
      const bool is_gone = !again && again.error().code == Code::NotFound && step.may_be_gone;
      ASSERT_TRUE(again || is_gone) << step.name << ", " << at << ": " << again.error().text;
      const State& after = day_.states()[number + 1];
      // Nobody was told that it is removed; it may come back.
      fail_power(is_gone ? day_.states()[number] : after, after, std::string(step.name));
    }
  }
  EXPECT_GT(crashes_, 50U);
}

// A store that was opened is worth nothing yet: only with something in it can it be missed.
TEST_F(SecondCrash, KeepsAStoreThatAKilledProgramBegan) {
  constexpr std::size_t kFirstBuild = 2;
  for (std::size_t at = 0; !HasFailure() && kill_step(0, at); ++at) {
    for (std::size_t number = 0; number <= kFirstBuild; ++number)
      ASSERT_TRUE(do_step(number, *recording_, day_.home(), 1));
    const State& after = day_.states()[kFirstBuild + 1];
    ASSERT_EQ(after.names.size(), 1U);
    fail_power(after, after, "begin");
  }
}

// A name whose removal nobody synced may come back, and must find its model then.
TEST_F(SecondCrash, CollectsNothingThatMayComeBack) {
  for (std::size_t number = 0; number < steps().size(); ++number) {
    const Step step = steps()[number];
    if (!step.may_be_gone && !step.name.starts_with("collect")) continue;
    for (std::size_t at = 0; !HasFailure() && kill_step(number, at); ++at) {
      ASSERT_TRUE(do_step(steps().size() - 1, *recording_, day_.home(), 1));
      const State after = read_state(quick_, day_.home()).value();
      fail_power(day_.states()[number], after, fmt::format("collect after \"{}\"", step.name));
    }
  }
}

// The first program has put a manifest there, and the second names it without putting it again.
TEST_F(SecondCrash, KeepsTheNameOfWhatAKilledProgramLeft) {
  const auto is_put = [](const Step& step) { return step.name == kPutWithoutName; };
  const std::vector<Step> all = steps();
  const auto number = static_cast<std::size_t>(std::ranges::find_if(all, is_put) - all.begin());
  std::size_t named = 0;
  for (std::size_t at = 0; !HasFailure() && kill_step(number, at); ++at) {
    const auto found = read_state(quick_, day_.home());
    ASSERT_TRUE(found);
    if (found->unnamed.empty()) continue;
    ASSERT_TRUE(name_manifest("found", *found->unnamed.begin(), *recording_, day_.home()));
    ++named;
    const State after = read_state(quick_, day_.home()).value();
    fail_power(after, after, "name");
  }
  EXPECT_GT(named, 1U);
}

}  // namespace
}  // namespace tegula::crash

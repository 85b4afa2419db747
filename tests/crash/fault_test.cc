// Each change of each step fails, once or from then on: the step says so in one clear error or ends
// well all the same, nothing acknowledged is lost, and doing the step again works.
#include <set>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "inspection.h"
#include "os/faulty_file_system.h"
#include "recorded_day.h"

namespace tegula::crash {
namespace {

class Faults : public ::testing::TestWithParam<os::Fault> {
 protected:
  // False if the step makes fewer changes.
  bool fail_step(const RecordedDay& day, std::size_t number, std::size_t at);

  std::size_t refused_ = 0;
  std::set<std::pair<std::size_t, content::Digest>> seen_;  // per step
};

void expect_clear(const Error& error, const os::Fault& fault, const std::string& where) {
  EXPECT_EQ(error.code, fault.code) << where << ": " << error.text;
  EXPECT_FALSE(error.text.empty()) << where;
  EXPECT_FALSE(error.hint.empty()) << where << ": " << error.text;
}

bool Faults::fail_step(const RecordedDay& day, std::size_t number, std::size_t at) {
  const Step step = steps()[number];
  const std::string where = fmt::format("{}, change {}", step.name, at);
  const State& before = day.states()[number];
  const State& after = day.states()[number + 1];
  day.restore(number);
  os::PosixFileSystem posix;
  CarelessFileSystem quick(posix, kQuick);
  os::Fault fault = GetParam();
  fault.at = at;
  os::FaultyFileSystem faulty(quick, fault);
  const auto done = do_step(number, faulty, day.home());
  if (faulty.changes() <= at) return false;

  const auto now = read_state(quick, day.home());
  EXPECT_TRUE(now) << where;
  if (done) {
    EXPECT_EQ(now->names, after.names) << where;
  } else {
    ++refused_;
    expect_clear(done.error(), fault, where);
    EXPECT_TRUE(now->names == before.names || now->names == after.names) << where;
  }
  const auto again = do_step(number, quick, day.home(), 1);
  const bool is_gone = !again && again.error().code == Code::NotFound && step.may_be_gone;
  EXPECT_TRUE(again || is_gone) << where << ": " << again.error().text;
  if (!seen_.emplace(number, digest_of_tree(day.home())).second) return true;
  for (const std::string& sentence : inspect(day.home(), after, after))
    ADD_FAILURE() << where << ": " << sentence;
  return true;
}

TEST_P(Faults, AreToldAndChangeNothingThatWasAcknowledged) {
  const RecordedDay day;
  for (std::size_t number = 0; number < steps().size(); ++number) {
    if (steps()[number].is_preparation) continue;
    for (std::size_t at = 0; !HasFailure() && fail_step(day, number, at);) ++at;
  }
  EXPECT_GT(refused_, 200U);
}

constexpr Code kFull = Code::DiskFull, kDenied = Code::PermissionDenied;
INSTANTIATE_TEST_SUITE_P(
    Each, Faults,
    ::testing::Values(os::Fault{.code = kFull, .short_append = true},
                      os::Fault{.code = kFull, .lasting = true, .short_append = true},
                      os::Fault{.code = kDenied}, os::Fault{.code = kDenied, .lasting = true}),
    [](const auto& test) {
      return std::string(test.param.code == kFull ? "FullDisk" : "NoPermission") +
             (test.param.lasting ? "FromThenOn" : "Once");
    });

}  // namespace
}  // namespace tegula::crash

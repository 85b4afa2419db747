// The real engine tries to break out: with every barrier, without each one, as this user and as an
// ordinary one.
#include "infer/perimeter.h"

#include <algorithm>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "infer/real_engine_test.h"
#include "os/unprivileged.h"

namespace tegula::infer {
namespace {

using os::Barrier;
using ::testing::Contains;
using ::testing::HasSubstr;

std::vector<Barrier> all_but(Barrier left_out) {
  std::vector<Barrier> out(std::begin(os::kAllBarriers), std::end(os::kAllBarriers));
  std::erase(out, left_out);
  return out;
}

std::map<std::string, Attempt> by_name(const PerimeterReport& report) {
  std::map<std::string, Attempt> out;
  for (const Attempt& attempt : report.attempts) out[attempt.name] = attempt;
  return out;
}

class Perimeter : public RealEngineTest {
 protected:
  PerimeterReport probe(std::vector<Barrier> barriers) {
    EngineHost with = host();
    with.barriers = std::move(barriers);
    const Result<PerimeterReport> report = probe_perimeter(with, {.home = folder_.path()}, Stop());
    EXPECT_TRUE(report) << report.error().text;
    return report.value_or(PerimeterReport{});
  }

  static void as_both_users(const std::function<void()>& body) {
    body();
    os::run_unprivileged(body);
  }
};

TEST_F(Perimeter, HoldsWithEveryBarrier) {
  as_both_users([&] {
    const PerimeterReport report = probe(host().barriers);
    EXPECT_THAT(report.faults(), ::testing::IsEmpty());
    EXPECT_TRUE(report.holds());
    for (const Attempt& attempt : report.attempts) {
      EXPECT_TRUE(attempt.stopped) << attempt.what;
      EXPECT_NE(attempt.mechanism, "operating_system") << attempt.name << " " << attempt.error_name;
    }
  });
}

TEST_F(Perimeter, NamesTheMechanismAndTheError) {
  as_both_users([&] {
    const std::map<std::string, Attempt> tried = by_name(probe(host().barriers));
    const std::map<std::string, std::pair<std::string, std::string>> want = {
        {"internet", {"seccomp", "ENOSYS"}},       {"loopback", {"seccomp", "ENOSYS"}},
        {"datagram", {"seccomp", "ENOSYS"}},       {"netlink", {"seccomp", "ENOSYS"}},
        {"unix_connect", {"seccomp", "ENOSYS"}},   {"abstract_connect", {"seccomp", "ENOSYS"}},
        {"read_home", {"landlock", "EACCES"}},     {"list_home", {"landlock", "EACCES"}},
        {"read_system", {"landlock", "EACCES"}},   {"write_home", {"seccomp", "ENOSYS"}},
        {"write_scratch", {"seccomp", "ENOSYS"}},  {"write_own_folder", {"seccomp", "ENOSYS"}},
        {"delete", {"seccomp", "ENOSYS"}},         {"exec", {"seccomp", "ENOSYS"}},
        {"fork", {"seccomp", "ENOSYS"}},           {"trace_parent", {"seccomp", "ENOSYS"}},
        {"read_parent", {"seccomp", "ENOSYS"}},    {"signal_parent", {"seccomp", "ENOSYS"}},
        {"namespace", {"seccomp", "ENOSYS"}},      {"executable_memory", {"seccomp", "ENOSYS"}},
        {"memory", {"limits", "ENOMEM"}},          {"network_namespace", {"network_namespace", ""}},
        {"privileges", {"no_new_privileges", ""}}, {"capabilities", {"capabilities", ""}},
        {"dumpable", {"undumpable", ""}},          {"core", {"limits", ""}}};
    for (const auto& [name, how] : want) {
      ASSERT_TRUE(tried.contains(name)) << name;
      EXPECT_EQ(tried.at(name).mechanism, how.first) << name;
      EXPECT_EQ(tried.at(name).error_name, how.second) << name;
    }
    EXPECT_EQ(tried.size(), want.size()) << "a new attempt needs its row here";
  });
}

struct Removal {
  Barrier barrier;
  std::vector<std::string> gets_through;  // what that barrier alone stands against
};

// Without privileges there are no capabilities to lose, but an own user namespace grants them.
const std::vector<Removal>& removals() {
  static const std::vector<Removal> all = {
      {Barrier::Limits, {"memory", "core"}},
      {Barrier::NetworkNamespace, {"network_namespace"}},
      {Barrier::NoNewPrivileges, {"privileges"}},
      {Barrier::Capabilities, {"capabilities"}},
      {Barrier::Landlock, {"read_home", "list_home", "read_system"}},
      {Barrier::Undumpable, {"dumpable"}},
      {Barrier::Seccomp, {"netlink", "unix_connect", "fork", "namespace", "executable_memory"}}};
  return all;
}

TEST_F(Perimeter, FailsWithoutAnyOneBarrierAndNamesIt) {
  as_both_users([&] {
    for (const Removal& removal : removals()) {
      const std::string name(os::barrier_name(removal.barrier));
      const PerimeterReport report = probe(all_but(removal.barrier));
      EXPECT_FALSE(report.holds()) << name;
      EXPECT_THAT(report.faults(), Contains(HasSubstr("barrier \"" + name + "\" is not there")));
      const std::map<std::string, Attempt> tried = by_name(report);
      for (const std::string& attempt : removal.gets_through)
        EXPECT_FALSE(tried.at(attempt).stopped) << attempt << " without " << name;
    }
  });
}

TEST_F(Perimeter, WithoutSeccompTheOthersStillStand) {
  as_both_users([&] {
    const std::map<std::string, Attempt> tried = by_name(probe(all_but(Barrier::Seccomp)));
    const std::map<std::string, std::pair<std::string, std::string>> want = {
        {"internet", {"landlock", "EACCES"}},
        {"datagram", {"network_namespace", "ENETUNREACH"}},
        {"abstract_connect", {"network_namespace", "ECONNREFUSED"}},
        {"write_scratch", {"landlock", "EACCES"}},
        {"delete", {"landlock", "EACCES"}},
        {"exec", {"landlock", "EACCES"}},
        {"signal_parent", {"landlock", "EPERM"}},
        {"trace_parent", {"landlock", "EPERM"}}};
    for (const auto& [name, how] : want) {
      EXPECT_EQ(tried.at(name).mechanism, how.first) << name;
      EXPECT_EQ(tried.at(name).error_name, how.second) << name;
    }
  });
}

TEST_F(Perimeter, WithNothingAlmostEverythingGetsThrough) {
  const PerimeterReport report = probe({});
  EXPECT_FALSE(report.holds());
  const std::map<std::string, Attempt> tried = by_name(report);
  for (const char* name : {"loopback", "netlink", "unix_connect", "abstract_connect", "read_home",
                           "write_home", "write_scratch", "delete", "exec", "fork", "signal_parent",
                           "memory", "core", "dumpable", "privileges"})
    EXPECT_FALSE(tried.at(name).stopped) << "the probe itself must be able to succeed: " << name;
}

TEST_F(Perimeter, LeavesNothingBehind) {
  probe(host().barriers);
  probe({});
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path()))
    EXPECT_THAT(entry.path().filename().string(), HasSubstr("log-"));
}

TEST_F(Perimeter, SaysWhenTheEngineIsNotThere) {
  EngineHost with = host();
  with.program = "/nowhere/tegula-engine";
  const Result<PerimeterReport> report = probe_perimeter(with, {.home = folder_.path()}, Stop());
  EXPECT_EQ(report.error().code, Code::NotFound);
  EXPECT_THAT(report.error().text, HasSubstr("/nowhere/tegula-engine"));
}

}  // namespace
}  // namespace tegula::infer

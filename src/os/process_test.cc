#include "os/process.h"

#include <fcntl.h>
#include <signal.h>
#include <string>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "os/memory.h"

namespace tegula::os {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

ProcessSpec shell(const std::string& script) {
  return {.program = "/bin/sh", .arguments = {"-c", script}, .environment = {}, .descriptors = {}};
}

std::string everything_from(const Descriptor& end) {
  std::string out;
  char buffer[4096];
  while (true) {
    const Result<std::size_t> got = read_some(end.get(), buffer, sizeof buffer, {});
    if (!got || *got == 0) return out;
    out.append(buffer, *got);
  }
}

// What the script prints, given exactly descriptors 0 and 1 and those in `more`.
std::string output_of(ProcessSpec spec, const std::vector<int>& more = {}) {
  Pipe pipe = create_pipe().value();
  spec.descriptors = {-1, pipe.write.get()};
  spec.descriptors.insert(spec.descriptors.end(), more.begin(), more.end());
  Process child = Process::spawn(spec).value();
  pipe.write.close();
  std::string out = everything_from(pipe.read);
  EXPECT_TRUE(child.wait().value().ok()) << out;
  return out;
}

TEST(Process, ReportsItsStatus) {
  EXPECT_EQ(Process::spawn(shell("exit 3")).value().wait()->code, 3);
  const ExitStatus killed = Process::spawn(shell("kill -SEGV $$")).value().wait().value();
  EXPECT_EQ(killed.signal, SIGSEGV);
  EXPECT_EQ(describe(killed), "was killed by signal SIGSEGV");
  EXPECT_EQ(describe({.code = 3}), "ended with status 3");
}

TEST(Process, RefusesWhatCannotRun) {
  EXPECT_EQ(Process::spawn({.program = "/nowhere/x"}).error().code, Code::NotFound);
  EXPECT_THAT(Process::spawn({.program = "/nowhere/x"}).error().text, HasSubstr("/nowhere/x"));
  EXPECT_EQ(Process::spawn({.program = "/etc/passwd"}).error().code, Code::PermissionDenied);
}

TEST(Process, InheritsNothingItWasNotGiven) {
  const Descriptor secret(::open("/dev/null", O_RDONLY));  // without close-on-exec
  const std::string seen = output_of(shell("cd /proc/self/fd && echo *"));
  EXPECT_THAT(seen, StartsWith("0 1"));
  EXPECT_LE(seen.size(), std::string("0 1 3 4\n").size()) << seen;
  EXPECT_EQ(output_of(shell("unset PWD; env")).find("TEGULA"), std::string::npos);
}

TEST(Process, MapsDescriptorsInOrderWhateverTheirNumbers) {
  const Descriptor one = create_anonymous_file("one").value();
  const Descriptor two = create_anonymous_file("two").value();
  // Targets 2 and 3 may well be numbers that sources have.
  EXPECT_EQ(output_of(shell("cat <&2; cat <&3"), {two.get(), one.get()}), "twoone");
}

TEST(Process, HasASessionOfItsOwn) {
  const std::string group = output_of(shell("cut -d' ' -f6 /proc/self/stat"));
  EXPECT_NE(group, std::to_string(::getsid(0)) + "\n");
}

TEST(Process, StartsWithAnEmptySignalMask) {
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  const std::string mask = output_of(shell("grep -E 'SigBlk|SigIgn' /proc/self/status"));
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  EXPECT_EQ(mask, "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
}

TEST(Process, EndsWhenAsked) {
  Process child = Process::spawn(shell("exec sleep 1000")).value();
  EXPECT_FALSE(child.ended());
  EXPECT_EQ(child.terminate(std::chrono::seconds(60))->signal, SIGTERM);
  EXPECT_EQ(child.terminate(std::chrono::seconds(60))->signal, SIGTERM) << "again";
}

TEST(Process, IsKilledWhenItDoesNotListen) {
  Pipe pipe = create_pipe().value();
  ProcessSpec spec = shell("trap '' TERM; echo ready; while :; do sleep 1000; done");
  spec.descriptors = {-1, pipe.write.get()};
  Process child = Process::spawn(spec).value();
  pipe.write.close();
  char ready = 0;
  ASSERT_TRUE(read_some(pipe.read.get(), &ready, 1, {}));
  EXPECT_EQ(child.terminate(std::chrono::milliseconds(1))->signal, SIGKILL);
}

TEST(Process, CanBeKilledFromAnotherThread) {
  Process child = Process::spawn(shell("exec sleep 1000")).value();
  std::thread other([&] { child.kill(); });
  EXPECT_EQ(child.wait()->signal, SIGKILL);
  other.join();
}

TEST(Process, WaitCanBeStopped) {
  Process child = Process::spawn(shell("exec sleep 1000")).value();
  StopSource source;
  source.cancel();
  EXPECT_EQ(child.wait(source.stop()).error().code, Code::Cancelled);
}

TEST(Process, DiesWithItsOwner) {
  int id = 0;
  { id = Process::spawn(shell("exec sleep 1000")).value().id(); }
  EXPECT_EQ(::kill(id, 0), -1) << "killed and reaped by the destructor";
}

TEST(Process, DiesWithTheProcessThatStartedIt) {
  Pipe pipe = create_pipe().value();  // its write end stays open as long as the grandchild lives
  const pid_t middle = ::fork();
  if (middle == 0) {
    ProcessSpec spec = shell("echo up; exec sleep 1000");
    spec.descriptors = {-1, pipe.write.get()};
    Result<Process> child = Process::spawn(spec);
    char ready = 0;
    if (child) (void)read_some(pipe.read.get(), &ready, 1, {});
    ::kill(::getpid(), SIGKILL);
  }
  pipe.write.close();
  int status = 0;
  ASSERT_EQ(::waitpid(middle, &status, 0), middle);
  everything_from(pipe.read);  // ends only if the grandchild did
}

TEST(Descriptor, ReadsAndWritesWhole) {
  const std::string text(100'000, 'x');
  const Descriptor file = create_anonymous_file(text).value();
  EXPECT_EQ(read_whole(file.get(), text.size()).value(), text);
  EXPECT_EQ(read_whole(file.get(), text.size() - 1).error().code, Code::Exhausted);
  EXPECT_FALSE(write_whole(file.get(), "more")) << "sealed";
}

TEST(Descriptor, NamesErrors) {
  EXPECT_EQ(errno_name(2), "ENOENT");
  EXPECT_EQ(errno_name(9999), "E9999");
}

TEST(MemoryState, IsPlausible) {
  const MemoryState state = memory_state().value();
  EXPECT_GT(state.total_bytes, 100U << 20U);
  EXPECT_GT(state.available_bytes, 0U);
  EXPECT_LE(state.available_bytes, state.total_bytes);
}

}  // namespace
}  // namespace tegula::os

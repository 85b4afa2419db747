// The system calls the engine may make: an allowlist (docs/design says why). Whatever is not named
// here, calls of kernels to come included, gives ENOSYS, so the C library falls back to older calls
// and no other barrier's errno is the same.
#include <cerrno>
#include <fcntl.h>
#include <memory>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fmt/format.h>

#include "os/errno.h"
#include "os/sandbox.h"

namespace tegula::os {

namespace {

struct Release {
  void operator()(void* filter) const { ::seccomp_release(filter); }
};
using Filter = std::unique_ptr<void, Release>;

struct Rule {
  int call;
  unsigned count = 0;
  scmp_arg_cmp arguments[2] = {};
};

scmp_arg_cmp equals(unsigned argument, std::uint64_t value) {
  return {argument, SCMP_CMP_EQ, value, 0};
}

// The bits of `mask` must be `value`.
scmp_arg_cmp bits(unsigned argument, std::uint64_t mask, std::uint64_t value) {
  return {argument, SCMP_CMP_MASKED_EQ, mask, value};
}

// Harmless whatever the arguments: they act on this process's own memory, threads and descriptors,
// or on files, which Landlock guards.
constexpr int kPlainCalls[] = {
    // memory
    SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(mincore),
    SCMP_SYS(membarrier),
    // threads
    SCMP_SYS(futex), SCMP_SYS(futex_time64), SCMP_SYS(futex_waitv), SCMP_SYS(set_robust_list),
    SCMP_SYS(get_robust_list), SCMP_SYS(rseq), SCMP_SYS(set_tid_address), SCMP_SYS(sched_yield),
    SCMP_SYS(sched_getaffinity), SCMP_SYS(sched_setaffinity), SCMP_SYS(sched_getparam),
    SCMP_SYS(sched_getscheduler), SCMP_SYS(getcpu), SCMP_SYS(gettid), SCMP_SYS(exit),
    SCMP_SYS(exit_group), SCMP_SYS(restart_syscall),
    // signals to itself
    SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn), SCMP_SYS(sigaltstack),
    // time and chance
    SCMP_SYS(clock_gettime), SCMP_SYS(clock_getres), SCMP_SYS(clock_nanosleep), SCMP_SYS(nanosleep),
    SCMP_SYS(gettimeofday), SCMP_SYS(time), SCMP_SYS(getrandom),
    // who and where
    SCMP_SYS(getpid), SCMP_SYS(getppid), SCMP_SYS(getuid), SCMP_SYS(geteuid), SCMP_SYS(getgid),
    SCMP_SYS(getegid), SCMP_SYS(uname), SCMP_SYS(sysinfo), SCMP_SYS(getrusage), SCMP_SYS(times),
    SCMP_SYS(getrlimit), SCMP_SYS(getcwd), SCMP_SYS(capget),
    // open files
    SCMP_SYS(close), SCMP_SYS(read), SCMP_SYS(readv), SCMP_SYS(pread64), SCMP_SYS(preadv),
    SCMP_SYS(write), SCMP_SYS(writev), SCMP_SYS(lseek), SCMP_SYS(fstat), SCMP_SYS(newfstatat),
    SCMP_SYS(stat), SCMP_SYS(lstat), SCMP_SYS(statx), SCMP_SYS(access), SCMP_SYS(faccessat),
    SCMP_SYS(faccessat2), SCMP_SYS(readlink), SCMP_SYS(readlinkat), SCMP_SYS(getdents64),
    SCMP_SYS(fadvise64), SCMP_SYS(readahead), SCMP_SYS(dup), SCMP_SYS(dup2), SCMP_SYS(dup3),
    SCMP_SYS(pipe2), SCMP_SYS(eventfd2),
    // its one listening socket and what it accepts
    SCMP_SYS(bind), SCMP_SYS(listen), SCMP_SYS(accept), SCMP_SYS(accept4), SCMP_SYS(getsockname),
    SCMP_SYS(getpeername), SCMP_SYS(getsockopt), SCMP_SYS(setsockopt), SCMP_SYS(shutdown),
    SCMP_SYS(recvfrom), SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(select), SCMP_SYS(pselect6)};

constexpr int kFileControls[] = {F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_DUPFD, F_DUPFD_CLOEXEC};
constexpr unsigned long kDeviceControls[] = {TCGETS, FIONREAD, FIONBIO, TIOCGWINSZ};
constexpr int kProcessControls[] = {PR_SET_NAME,         PR_GET_NAME,
                                    PR_GET_DUMPABLE,     PR_GET_SECCOMP,
                                    PR_GET_NO_NEW_PRIVS, 0x53564d41 /* PR_SET_VMA */};

// Calls that are allowed for some arguments only.
std::vector<Rule> argument_rules() {
  constexpr std::uint64_t kNewSpaces = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC |
                                       CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;
  constexpr std::uint64_t kWriting = O_ACCMODE | O_CREAT | O_TRUNC;
  std::vector<Rule> rules = {
      // A Unix stream socket and no other; no connect is in the list at all.
      {SCMP_SYS(socket), 2, {equals(0, AF_UNIX), bits(1, 0xF, SOCK_STREAM)}},
      // To the connected peer only.
      {SCMP_SYS(sendto), 1, {equals(4, 0)}},
      // Threads, not processes. clone3 hides its flags behind a pointer: ENOSYS, and glibc uses
      // clone.
      {SCMP_SYS(clone), 1, {bits(0, CLONE_THREAD | kNewSpaces, CLONE_THREAD)}},
      // No new executable memory.
      {SCMP_SYS(mmap), 1, {bits(2, PROT_EXEC, 0)}},
      {SCMP_SYS(mprotect), 1, {bits(2, PROT_EXEC, 0)}},
      // For reading only.
      {SCMP_SYS(open), 1, {bits(1, kWriting, O_RDONLY)}},
      {SCMP_SYS(openat), 1, {bits(2, kWriting, O_RDONLY)}},
      // Its own limits, and only to read them.
      {SCMP_SYS(prlimit64), 2, {equals(0, 0), equals(2, 0)}},
      // abort().
      {SCMP_SYS(tgkill), 1, {equals(0, static_cast<std::uint64_t>(::getpid()))}}};
  for (const int command : kFileControls)
    rules.push_back({SCMP_SYS(fcntl), 1, {equals(1, static_cast<std::uint64_t>(command))}});
  for (const unsigned long command : kDeviceControls)
    rules.push_back({SCMP_SYS(ioctl), 1, {equals(1, command)}});
  for (const int option : kProcessControls)
    rules.push_back({SCMP_SYS(prctl), 1, {equals(0, static_cast<std::uint64_t>(option))}});
  return rules;
}

int add_rules(scmp_filter_ctx filter) {
  for (const int call : kPlainCalls) {
    if (const int bad = ::seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 0); bad != 0) return bad;
  }
  for (const Rule& rule : argument_rules()) {
    const int bad =
        ::seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, rule.call, rule.count, rule.arguments);
    if (bad != 0) return bad;
  }
  return 0;
}

BarrierState missing(std::string_view call, int negative) {
  return {Barrier::Seccomp, false, fmt::format("{}: {}", call, errno_text(-negative))};
}

}  // namespace

int refused_call_errno() { return ENOSYS; }

Result<BarrierState> restrict_calls() {
  const Filter filter(::seccomp_init(SCMP_ACT_ERRNO(ENOSYS)));
  if (!filter) return fail(Code::Unavailable, "seccomp_init failed");
  // no_new_privs is a barrier of its own; the filter must not set it quietly.
  ::seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_NNP, 0);
  ::seccomp_attr_set(filter.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
  ::seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2);
  if (const int bad = add_rules(filter.get()); bad != 0)
    return fail(Code::Internal, fmt::format("seccomp_rule_add: {}", errno_text(-bad)));
  if (const int bad = ::seccomp_load(filter.get()); bad != 0) return missing("seccomp_load", bad);
  return BarrierState{
      Barrier::Seccomp, true,
      fmt::format("{} calls allowed, others give ENOSYS", std::size(kPlainCalls) + 12)};
}

}  // namespace tegula::os

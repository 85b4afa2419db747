// Each barrier alone, in a child that enters it and then tries; as this user and, when that is
// root, as an ordinary one too.
#include "os/sandbox.h"

#include <arpa/inet.h>
#include <cerrno>
#include <fcntl.h>
#include <functional>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "os/descriptor.h"
#include "os/temporary_folder.h"
#include "os/unprivileged.h"

namespace tegula::os {
namespace {

using ::testing::HasSubstr;

void run_in_child(const std::function<void()>& body) {
  const pid_t child = ::fork();
  if (child == 0) {
    body();
    std::fflush(nullptr);
    ::_exit(::testing::Test::HasFailure() ? 1 : 0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << "wait status " << status;
}

void as_both_users(const std::function<void()>& body) {
  run_in_child(body);
  run_unprivileged([&] {
    ::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);  // as after exec; changing the user took it away
    body();
  });
}

// 0 or the errno of a call that answers -1.
template <class T>
int outcome(T result) {
  return result == static_cast<T>(-1) ? errno : 0;
}

int connect_to_internet() {
  const Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
  if (!socket.is_open()) return errno;
  sockaddr_in address{
      .sin_family = AF_INET, .sin_port = htons(443), .sin_addr = {}, .sin_zero = {}};
  ::inet_pton(AF_INET, "192.0.2.1", &address.sin_addr);  // TEST-NET-1 (RFC 5737)
  return outcome(::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address));
}

int make_process() {
  const long id = ::syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
  if (id == 0) ::_exit(0);
  return outcome(id);
}

TEST(Barrier, NamesAreTheirInverse) {
  for (const Barrier barrier : kAllBarriers)
    EXPECT_EQ(parse_barrier(barrier_name(barrier)).value(), barrier);
  EXPECT_EQ(parse_barrier("moat").error().code, Code::InvalidArgument);
}

TEST(Limits, StopMemoryFilesAndDescriptors) {
  as_both_users([] {
    const BarrierState state = limit_resources(256U << 20U, 64).value();
    ASSERT_TRUE(state.enforced);
    EXPECT_THAT(state.detail, HasSubstr("private memory 256 MiB"));
    EXPECT_THAT(state.detail, HasSubstr("not limited: processor time"));
    void* const block =
        ::mmap(nullptr, 512U << 20U, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    EXPECT_EQ(block, MAP_FAILED);
    EXPECT_EQ(errno, ENOMEM);
    EXPECT_EQ(::fcntl(0, F_DUPFD, 64), -1);
    ::signal(SIGXFSZ, SIG_IGN);
    const Descriptor file(::memfd_create("grow", 0));
    EXPECT_EQ(outcome(::write(file.get(), "x", 1)), EFBIG);
    rlimit core = {};
    ::getrlimit(RLIMIT_CORE, &core);
    EXPECT_EQ(core.rlim_max, 0U);
  });
}

TEST(Network, IsAnotherOneWithoutInterfaces) {
  as_both_users([] {
    struct stat before = {};
    ::stat("/proc/self/ns/net", &before);
    const uid_t user = ::getuid();
    ASSERT_TRUE(leave_network()->enforced);
    struct stat after = {};
    ::stat("/proc/self/ns/net", &after);
    EXPECT_NE(before.st_ino, after.st_ino);
    EXPECT_EQ(connect_to_internet(), ENETUNREACH);
    EXPECT_EQ(::getuid(), user) << "the user stays who they are";
  });
}

TEST(Network, CannotBeLeftByAThreadedProcess) {
  run_unprivileged([] {
    std::thread other([] { ::pause(); });
    const Result<BarrierState> state = leave_network();
    ASSERT_TRUE(state);
    EXPECT_FALSE(state->enforced);
    EXPECT_THAT(state->detail, HasSubstr("unshare"));
    std::fflush(nullptr);
    ::_exit(::testing::Test::HasFailure() ? 1 : 0);
  });
}

TEST(NoNewPrivileges, IsSet) {
  as_both_users([] {
    ASSERT_TRUE(forbid_new_privileges()->enforced);
    EXPECT_EQ(::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 1);
  });
}

TEST(Capabilities, AreGone) {
  as_both_users([] {
    ASSERT_TRUE(drop_capabilities()->enforced);
    EXPECT_EQ(outcome(::unshare(CLONE_NEWNET)), EPERM);
    EXPECT_EQ(outcome(::setuid(1)), EPERM);
  });
}

TEST(Landlock, LeavesNamedFilesAndOneFolderForSockets) {
  const TemporaryFolder folder;
  ::chmod(folder.path().c_str(), 0777);
  const std::string named = (folder / "named").string();
  const std::string other = (folder / "other").string();
  for (const std::string& path : {named, other})
    ASSERT_TRUE(Descriptor(::open(path.c_str(), O_CREAT | O_RDWR, 0666)).is_open());
  as_both_users([&] {
    const Descriptor file(::open(named.c_str(), O_RDONLY));
    const Descriptor place = open_folder(folder.path().string()).value();
    const pid_t parent = ::getppid();
    ASSERT_TRUE(forbid_new_privileges()->enforced);
    ASSERT_TRUE(restrict_files({file.get()}, place.get())->enforced);

    EXPECT_EQ(outcome(::open(named.c_str(), O_RDONLY)), 0);
    EXPECT_EQ(outcome(::open(("/proc/self/fd/" + std::to_string(file.get())).c_str(), O_RDONLY)), 0)
        << "the descriptor itself opens again";
    EXPECT_EQ(outcome(::open(named.c_str(), O_WRONLY)), EACCES);
    EXPECT_EQ(outcome(::open(other.c_str(), O_RDONLY)), EACCES);
    EXPECT_EQ(outcome(::open((other + "2").c_str(), O_CREAT | O_RDWR, 0600)), EACCES);
    EXPECT_EQ(outcome(::open(folder.path().c_str(), O_RDONLY)), EACCES);
    EXPECT_EQ(outcome(::unlink(named.c_str())), EACCES);
    EXPECT_EQ(outcome(::open("/etc/passwd", O_RDONLY)), EACCES);
    EXPECT_EQ(outcome(::execl("/bin/true", "true", nullptr)), EACCES);
    EXPECT_EQ(connect_to_internet(), EACCES);
    EXPECT_EQ(outcome(::kill(parent, 0)), EPERM);

    const Descriptor socket(::socket(AF_UNIX, SOCK_STREAM, 0));
    sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
    (folder.path() / std::to_string(::getpid())).string().copy(address.sun_path, 100);
    EXPECT_EQ(outcome(::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address)),
              0);
  });
}

TEST(Landlock, IsNotThereWithoutNoNewPrivileges) {
  run_unprivileged([] {
    const Result<BarrierState> state = restrict_files({}, -1);
    ASSERT_TRUE(state);
    EXPECT_FALSE(state->enforced);
    EXPECT_THAT(state->detail, HasSubstr("landlock_restrict_self"));
  });
}

TEST(Undumpable, IsSet) {
  as_both_users([] {
    ASSERT_TRUE(forbid_dumps()->enforced);
    EXPECT_EQ(::prctl(PR_GET_DUMPABLE, 0, 0, 0, 0), 0);
  });
}

struct Call {
  const char* name;
  std::function<int()> run;
};

// Attempts that only the list of calls stands against, each with valid arguments where they matter.
const std::vector<Call>& refused_calls() {
  static const std::vector<Call> calls = {
      {"internet socket", connect_to_internet},
      {"netlink socket", [] { return outcome(::socket(AF_NETLINK, SOCK_RAW, 0)); }},
      {"datagram socket", [] { return outcome(::socket(AF_UNIX, SOCK_DGRAM, 0)); }},
      {"connect", [] { return outcome(::connect(0, nullptr, 0)); }},
      {"socketpair",
       [] {
         int pair[2];
         return outcome(::socketpair(AF_UNIX, SOCK_DGRAM, 0, pair));
       }},
      {"sendmsg", [] { return outcome(::sendmsg(0, nullptr, 0)); }},
      {"recvmsg", [] { return outcome(::recvmsg(0, nullptr, 0)); }},
      {"sendto an address",
       [] {
         sockaddr to = {};
         return outcome(::sendto(0, "", 0, 0, &to, sizeof to));
       }},
      {"execve", [] { return outcome(::execl("/bin/true", "true", nullptr)); }},
      {"execveat", [] { return outcome(::syscall(SYS_execveat, -100, "/bin/true", 0, 0, 0)); }},
      {"fork", make_process},
      {"vfork",
       [] {
         return outcome(
             ::syscall(SYS_clone, SIGCHLD | CLONE_VM | CLONE_VFORK | CLONE_NEWUSER, 0, 0, 0, 0));
       }},
      {"clone3", [] { return outcome(::syscall(SYS_clone3, nullptr, 0)); }},
      {"ptrace", [] { return outcome(::ptrace(PTRACE_ATTACH, ::getppid(), 0, 0)); }},
      {"process_vm_readv",
       [] { return outcome(::syscall(SYS_process_vm_readv, ::getppid(), 0, 0, 0, 0, 0)); }},
      {"kill", [] { return outcome(::kill(::getppid(), 0)); }},
      {"tgkill", [] { return outcome(::syscall(SYS_tgkill, ::getppid(), ::getppid(), 0)); }},
      {"unshare", [] { return outcome(::unshare(CLONE_NEWUSER)); }},
      {"setns", [] { return outcome(::setns(0, 0)); }},
      {"mount", [] { return outcome(::syscall(SYS_mount, 0, 0, 0, 0, 0)); }},
      {"bpf", [] { return outcome(::syscall(SYS_bpf, 0, 0, 0)); }},
      {"perf_event_open", [] { return outcome(::syscall(SYS_perf_event_open, 0, 0, 0, 0, 0)); }},
      {"keyctl", [] { return outcome(::syscall(SYS_keyctl, 0, 0, 0, 0, 0)); }},
      {"io_uring", [] { return outcome(::syscall(SYS_io_uring_setup, 1, 0)); }},
      {"userfaultfd", [] { return outcome(::syscall(SYS_userfaultfd, 0)); }},
      {"memfd_create", [] { return outcome(::memfd_create("x", 0)); }},
      {"open for writing", [] { return outcome(::open("/dev/null", O_WRONLY)); }},
      {"open to create", [] { return outcome(::open("/tmp/x", O_CREAT | O_RDONLY, 0600)); }},
      {"openat2", [] { return outcome(::syscall(SYS_openat2, -100, "/", 0, 0)); }},
      {"unlink", [] { return outcome(::unlink("/nowhere")); }},
      {"mkdir", [] { return outcome(::mkdir("/tmp", 0700)); }},
      {"chmod", [] { return outcome(::chmod("/tmp", 0777)); }},
      {"executable memory",
       [] {
         return outcome(reinterpret_cast<long>(
             ::mmap(nullptr, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)));
       }},
      {"raise a limit",
       [] {
         rlimit none = {};
         return outcome(::setrlimit(RLIMIT_CORE, &none));
       }},
      {"become dumpable", [] { return outcome(::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)); }},
      {"tty input", [] { return outcome(::syscall(SYS_ioctl, 0, 0x5412 /* TIOCSTI */, "x")); }}};
  return calls;
}

TEST(Seccomp, RefusesEveryWayOut) {
  as_both_users([] {
    ASSERT_TRUE(forbid_new_privileges()->enforced);
    ASSERT_TRUE(restrict_calls()->enforced);
    for (const Call& call : refused_calls())
      EXPECT_EQ(call.run(), refused_call_errno()) << call.name;
  });
}

TEST(Seccomp, LeavesThreadsMemoryAndItsOwnSocket) {
  as_both_users([] {
    ASSERT_TRUE(forbid_new_privileges()->enforced);
    ASSERT_TRUE(restrict_calls()->enforced);
    int sum = 0;
    std::thread other([&] { sum = 42; });
    other.join();
    EXPECT_EQ(sum, 42);
    EXPECT_NE(std::vector<char>(64U << 20U).data(), nullptr);
    EXPECT_TRUE(Descriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)).is_open());
    EXPECT_TRUE(Descriptor(::open("/etc/passwd", O_RDONLY)).is_open());
  });
}

TEST(Seccomp, DoesNotSetNoNewPrivilegesQuietly) {
  run_in_child([] {
    ASSERT_TRUE(restrict_calls());
    EXPECT_EQ(::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 0);
  });
  run_unprivileged([] {
    const Result<BarrierState> state = restrict_calls();
    ASSERT_TRUE(state);
    EXPECT_FALSE(state->enforced) << "an ordinary user needs no_new_privileges first";
  });
}

TEST(Sandbox, EntersAllInOrder) {
  const TemporaryFolder folder;
  as_both_users([&] {
    const Descriptor place = open_folder("/").value();
    const Result<std::vector<BarrierState>> states =
        enter_sandbox({.socket_folder = place.get(), .memory_bytes_max = 1U << 30U});
    ASSERT_TRUE(states);
    ASSERT_EQ(states->size(), std::size(kAllBarriers));
    for (const BarrierState& state : *states)
      EXPECT_TRUE(state.enforced) << barrier_name(state.barrier) << ": " << state.detail;
  });
}

}  // namespace
}  // namespace tegula::os

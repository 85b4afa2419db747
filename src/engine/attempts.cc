#include "engine/attempts.h"

#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <fcntl.h>
#include <functional>
#include <linux/capability.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <span>
#include <string_view>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>

#include "os/descriptor.h"

namespace tegula::engine {

namespace {

using infer::Attempt;
using infer::Order;
using os::Barrier;
using States = std::vector<os::BarrierState>;

constexpr int kSucceeded = 0;

// Some things are looked up instead of tried; then there is no errno.
constexpr int kNotTheCase = -1;

template <class T>
int outcome(T result) {
  return result == static_cast<T>(-1) ? errno : kSucceeded;
}

bool is_enforced(const States& states, Barrier barrier) {
  return std::any_of(states.begin(), states.end(), [&](const os::BarrierState& state) {
    return state.barrier == barrier && state.enforced;
  });
}

// ----- the attempts: 0, or the errno that stopped it -----

int connect_inet(int type, const char* ip, std::uint16_t port) {
  const os::Descriptor socket(::socket(AF_INET, type | SOCK_NONBLOCK, 0));
  if (!socket.is_open()) return errno;
  sockaddr_in to{.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {}, .sin_zero = {}};
  ::inet_pton(AF_INET, ip, &to.sin_addr);
  const int error = outcome(::connect(socket.get(), reinterpret_cast<sockaddr*>(&to), sizeof to));
  return error == EINPROGRESS ? kSucceeded : error;  // on its way
}

int connect_to_path(std::string_view name, bool abstract) {
  const os::Descriptor socket(::socket(AF_UNIX, SOCK_STREAM, 0));
  if (!socket.is_open()) return errno;
  sockaddr_un to{.sun_family = AF_UNIX, .sun_path = {}};
  const std::size_t lead = abstract ? 1 : 0;
  const std::size_t length = name.copy(to.sun_path + lead, sizeof to.sun_path - 1 - lead);
  const auto bytes = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + lead + length);
  return outcome(::connect(socket.get(), reinterpret_cast<sockaddr*>(&to), bytes));
}

int open_netlink() { return outcome(::socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE)); }

int read_file(const std::string& path) {
  const os::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) return errno;
  char byte = 0;
  return outcome(::read(file.get(), &byte, 1));
}

int list_folder(const std::string& path) {
  return outcome(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

int create_file(const std::string& path) {
  const int error = outcome(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  if (error == kSucceeded) ::unlink(path.c_str());
  return error;
}

int make_process() {
  const long id = ::syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
  if (id == 0) ::_exit(0);
  if (id > 0) ::waitpid(static_cast<pid_t>(id), nullptr, 0);
  return outcome(id);
}

int trace_parent() { return outcome(::ptrace(PTRACE_SEIZE, ::getppid(), nullptr, nullptr)); }

int read_parent_memory() {
  char byte = 0;
  const iovec here{.iov_base = &byte, .iov_len = 1};
  const iovec there{.iov_base = &byte, .iov_len = 1};
  // The address need not be mapped there: EFAULT means that it was allowed to look.
  const int error = outcome(::process_vm_readv(::getppid(), &here, 1, &there, 1, 0));
  return error == EFAULT ? kSucceeded : error;
}

int signal_parent() { return outcome(::kill(::getppid(), 0)); }

int make_namespace() { return outcome(::unshare(CLONE_NEWUSER)); }

int map_executable_memory() {
  void* const at =
      ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return at == MAP_FAILED ? errno : kSucceeded;
}

int take_memory(std::uint64_t bytes) {
  void* const at =
      ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (at == MAP_FAILED) return errno;
  ::munmap(at, bytes);
  return kSucceeded;
}

int share_parents_network(std::uint64_t parent_network) {
  struct stat own = {};
  if (::stat("/proc/self/ns/net", &own) != 0) return errno;
  return own.st_ino == parent_network ? kSucceeded : kNotTheCase;
}

int gain_privileges() {
  return ::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? kNotTheCase : kSucceeded;
}

int have_capabilities() {
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3] = {};
  if (::syscall(SYS_capget, &header, sets) != 0) return errno;
  for (const __user_cap_data_struct& set : sets) {
    if ((set.effective | set.permitted | set.inheritable) != 0) return kSucceeded;
  }
  return kNotTheCase;
}

int be_dumpable() { return ::prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0 ? kNotTheCase : kSucceeded; }

int leave_core() {
  rlimit limit = {};
  ::getrlimit(RLIMIT_CORE, &limit);
  return limit.rlim_max == 0 ? kNotTheCase : kSucceeded;
}

// ----- who stopped it -----

struct Way {
  std::string name;
  std::string what;
  std::function<int()> attempt;
  std::vector<Barrier> guards;  // which could have stopped it with an errno other than ENOSYS
};

// seccomp alone answers ENOSYS; of the others each errno has one sender in each attempt.
std::string mechanism(const Way& way, int error, const States& states) {
  if (error == os::refused_call_errno() && is_enforced(states, Barrier::Seccomp))
    return std::string(os::barrier_name(Barrier::Seccomp));
  for (const Barrier guard : way.guards) {
    if (is_enforced(states, guard)) return std::string(os::barrier_name(guard));
  }
  return "operating_system";  // stopped, but none of the perimeter's doing
}

Attempt run(const Way& way, const States& states) {
  const int error = way.attempt();
  if (error == kSucceeded) return {.name = way.name, .what = way.what, .stopped = false};
  return {.name = way.name,
          .what = way.what,
          .stopped = true,
          .mechanism = mechanism(way, error, states),
          .error_name = error == kNotTheCase ? std::string() : os::errno_name(error)};
}

// In the order in which the kernel asks them.
std::vector<Way> network_ways(const infer::ProbeOrder& probe) {
  const std::vector<Barrier> tcp{Barrier::Landlock, Barrier::NetworkNamespace};
  const std::vector<Barrier> other{Barrier::NetworkNamespace};
  return {{"internet", "connect to 192.0.2.1, port 443",
           [] { return connect_inet(SOCK_STREAM, "192.0.2.1", 443); }, tcp},
          {"loopback",
           fmt::format("connect to 127.0.0.1, port {}, where somebody listens", probe.tcp_port),
           [&] { return connect_inet(SOCK_STREAM, "127.0.0.1", probe.tcp_port); }, tcp},
          {"datagram", "send a datagram to 192.0.2.1, port 53",
           [] { return connect_inet(SOCK_DGRAM, "192.0.2.1", 53); }, other},
          {"netlink", "open a netlink socket", open_netlink, {}},
          {"unix_connect",
           fmt::format("connect to the Unix socket {}", probe.unix_socket),
           [&] { return connect_to_path(probe.unix_socket, false); },
           {}},
          {"abstract_connect",
           fmt::format("connect to the abstract socket {}", probe.abstract_socket),
           [&] { return connect_to_path(probe.abstract_socket, true); },
           {Barrier::NetworkNamespace, Barrier::Landlock}}};
}

std::vector<Way> file_ways(const infer::ProbeOrder& probe) {
  const std::vector<Barrier> guards{Barrier::Landlock};
  const std::string home = probe.canary.substr(0, probe.canary.rfind('/') + 1);
  return {{"read_home", fmt::format("read {}", probe.canary),
           [&] { return read_file(probe.canary); }, guards},
          {"list_home", fmt::format("list {}", home), [=] { return list_folder(home); }, guards},
          {"read_system", "read /etc/passwd", [] { return read_file("/etc/passwd"); }, guards},
          {"write_home", fmt::format("create a file in {}", home),
           [=] { return create_file(home + ".tegula-probe"); }, guards},
          {"write_scratch", fmt::format("create a file in {}", probe.scratch),
           [&] { return create_file(probe.scratch + "/probe"); }, guards},
          {"write_own_folder", "create a file beside its own socket",
           [] { return create_file("probe"); }, guards},
          {"delete", fmt::format("delete {}/victim", probe.scratch),
           [&] { return outcome(::unlink((probe.scratch + "/victim").c_str())); }, guards}};
}

std::vector<Way> process_ways(const Order& order) {
  const std::vector<Barrier> guards{Barrier::Landlock};
  return {
      {"fork", "make another process", make_process, {}},
      {"trace_parent", "trace the process that started it", trace_parent, guards},
      {"read_parent", "read the memory of the process that started it", read_parent_memory, guards},
      {"signal_parent", "send a signal to the process that started it", signal_parent, guards},
      {"namespace", "make a user namespace", make_namespace, {}},
      {"executable_memory",
       "map memory that is writable and executable",
       map_executable_memory,
       {}},
      {"memory",
       "take more memory than allowed",
       [&] { return take_memory(order.probe->memory_bytes); },
       {Barrier::Limits}}};
}

// What is looked up rather than tried.
std::vector<Way> state_ways(const Order& order) {
  return {{"network_namespace",
           "be in the network of the process that started it",
           [&] { return share_parents_network(order.parent_network); },
           {Barrier::NetworkNamespace}},
          {"privileges",
           "gain privileges by running a program",
           gain_privileges,
           {Barrier::NoNewPrivileges}},
          {"capabilities", "have a capability", have_capabilities, {Barrier::Capabilities}},
          {"dumpable", "be traced or dumped by the same user", be_dumpable, {Barrier::Undumpable}},
          {"core", "leave a core dump", leave_core, {Barrier::Limits}}};
}

// For each barrier what it alone must stop; cheap enough for every start.
int barrier_test(Barrier barrier, const Order& order) {
  switch (barrier) {
    case Barrier::Limits: return leave_core();
    case Barrier::NetworkNamespace:
      return order.parent_network == 0 ? kNotTheCase : share_parents_network(order.parent_network);
    case Barrier::NoNewPrivileges: return gain_privileges();
    case Barrier::Capabilities: return have_capabilities();
    case Barrier::Landlock: return list_folder("/");
    case Barrier::Undumpable: return be_dumpable();
    case Barrier::Seccomp: return outcome(::socket(AF_INET, SOCK_STREAM, 0));
  }
  return kSucceeded;
}

}  // namespace

std::vector<Attempt> try_to_break_out(const Order& order, const States& barriers) {
  std::vector<Attempt> out;
  for (const std::vector<Way>& ways : {network_ways(*order.probe), file_ways(*order.probe),
                                       process_ways(order), state_ways(order)}) {
    for (const Way& way : ways) out.push_back(run(way, barriers));
  }
  return out;
}

Attempt try_to_exec(const States& barriers) {
  const Way way{"exec",
                "run /bin/true",
                [] { return outcome(::execl("/bin/true", "true", nullptr)); },
                {Barrier::Landlock}};
  return run(way, barriers);
}

Result<void> check_barriers(const Order& order, const States& barriers) {
  for (const os::BarrierState& state : barriers) {
    if (!state.enforced || barrier_test(state.barrier, order) != kSucceeded) continue;
    return fail(Code::Untrusted,
                fmt::format("the barrier \"{}\" was set up and does not hold",
                            os::barrier_name(state.barrier)),
                "tegula perimeter shows what gets through");
  }
  return {};
}

}  // namespace tegula::engine

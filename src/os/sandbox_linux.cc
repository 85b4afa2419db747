// The barriers that are a call or two: limits, network namespace, privileges, capabilities, dumps.
#include <algorithm>
#include <cerrno>
#include <linux/capability.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <fmt/format.h>

#include "base/bytes.h"
#include "os/errno.h"
#include "os/sandbox.h"
#include "os/user_namespace_linux.h"

namespace tegula::os {

namespace {

// docs/design/0032 says why processor time has no limit; it is said wherever limits are shown.
constexpr std::string_view kOtherLimits =
    "no core dumps, no growing files; not limited: processor time, number of threads";

std::unexpected<Error> failed(std::string_view call) {
  return fail(Code::Unavailable, fmt::format("{}: {}", call, errno_text(errno)));
}

BarrierState missing(Barrier barrier, std::string_view call) {
  return {barrier, false, fmt::format("{}: {}", call, errno_text(errno))};
}

Result<void> lower_limit(__rlimit_resource resource, std::uint64_t most, std::string_view name) {
  rlimit now = {};
  if (::getrlimit(resource, &now) != 0) return failed(name);
  const rlim_t wanted = std::min<rlim_t>(most, now.rlim_max);
  const rlimit limit{.rlim_cur = wanted, .rlim_max = wanted};
  if (::setrlimit(resource, &limit) != 0) return failed(name);
  return {};
}

}  // namespace

Result<BarrierState> limit_resources(std::uint64_t memory_bytes_max, std::uint64_t open_files_max) {
  TRY(lower_limit(RLIMIT_CORE, 0, "RLIMIT_CORE"));
  TRY(lower_limit(RLIMIT_FSIZE, 0, "RLIMIT_FSIZE"));
  TRY(lower_limit(RLIMIT_NOFILE, open_files_max, "RLIMIT_NOFILE"));
  TRY(lower_limit(RLIMIT_MSGQUEUE, 0, "RLIMIT_MSGQUEUE"));
  if (memory_bytes_max == 0)
    return BarrierState{Barrier::Limits, true, fmt::format("memory unlimited, {}", kOtherLimits)};
  // Private writable memory, not address space: the mapped model is neither, and is not ours to
  // count twice.
  TRY(lower_limit(RLIMIT_DATA, memory_bytes_max, "RLIMIT_DATA"));
  return BarrierState{
      Barrier::Limits, true,
      fmt::format("private memory {}, {}", human_bytes(memory_bytes_max), kOtherLimits)};
}

Result<BarrierState> leave_network() {
  if (::unshare(CLONE_NEWNET) == 0)
    return BarrierState{Barrier::NetworkNamespace, true, "own network without interfaces"};
  const unsigned user = ::geteuid();
  const unsigned group = ::getegid();
  if (::unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0)
    return missing(Barrier::NetworkNamespace, "unshare");
  // The user stays who they are: the same numbers inside as outside.
  TRY(map_own_user({user, group}, user, group));
  return BarrierState{Barrier::NetworkNamespace, true,
                      "own network without interfaces, through an own user namespace"};
}

Result<BarrierState> forbid_new_privileges() {
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
    return missing(Barrier::NoNewPrivileges, "prctl(PR_SET_NO_NEW_PRIVS)");
  return BarrierState{Barrier::NoNewPrivileges, true, "set"};
}

Result<BarrierState> drop_capabilities() {
  for (unsigned capability = 0; capability < 64; ++capability) {
    // EPERM without CAP_SETPCAP, which an ordinary user has none of: then there is nothing to drop.
    if (::prctl(PR_CAPBSET_READ, capability) == 1) ::prctl(PR_CAPBSET_DROP, capability);
  }
  ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {};
  if (::syscall(SYS_capset, &header, none) != 0) return missing(Barrier::Capabilities, "capset");
  return BarrierState{Barrier::Capabilities, true, "none"};
}

Result<BarrierState> forbid_dumps() {
  if (::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
    return missing(Barrier::Undumpable, "prctl(PR_SET_DUMPABLE)");
  return BarrierState{Barrier::Undumpable, true, "no core, no tracing by the same user"};
}

}  // namespace tegula::os

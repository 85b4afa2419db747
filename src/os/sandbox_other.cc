// Platforms whose barriers are still to be written: every step says so.
#include <cerrno>

#include "os/sandbox.h"

namespace tegula::os {

namespace {

BarrierState missing(Barrier barrier) { return {barrier, false, "not available on this platform"}; }

}  // namespace

Result<BarrierState> limit_resources(std::uint64_t, std::uint64_t) {
  return missing(Barrier::Limits);
}
Result<BarrierState> leave_network() { return missing(Barrier::NetworkNamespace); }
Result<BarrierState> forbid_new_privileges() { return missing(Barrier::NoNewPrivileges); }
Result<BarrierState> drop_capabilities() { return missing(Barrier::Capabilities); }
Result<BarrierState> restrict_files(const std::vector<int>&, int) {
  return missing(Barrier::Landlock);
}
Result<BarrierState> forbid_dumps() { return missing(Barrier::Undumpable); }
Result<BarrierState> restrict_calls() { return missing(Barrier::Seccomp); }
int refused_call_errno() { return ENOSYS; }

}  // namespace tegula::os

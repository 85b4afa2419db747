#include "os/sandbox.h"

#include <algorithm>

#include <fmt/format.h>

namespace tegula::os {

std::string_view barrier_name(Barrier barrier) {
  switch (barrier) {
    case Barrier::Limits: return "limits";
    case Barrier::NetworkNamespace: return "network_namespace";
    case Barrier::NoNewPrivileges: return "no_new_privileges";
    case Barrier::Capabilities: return "capabilities";
    case Barrier::Landlock: return "landlock";
    case Barrier::Undumpable: return "undumpable";
    case Barrier::Seccomp: return "seccomp";
  }
  return "";
}

Result<Barrier> parse_barrier(std::string_view name) {
  for (const Barrier barrier : kAllBarriers) {
    if (barrier_name(barrier) == name) return barrier;
  }
  return fail(Code::InvalidArgument, fmt::format("no barrier is called \"{}\"", name));
}

namespace {

Result<BarrierState> enter(Barrier barrier, const SandboxSpec& spec) {
  switch (barrier) {
    case Barrier::Limits: return limit_resources(spec.memory_bytes_max, spec.open_files_max);
    case Barrier::NetworkNamespace: return leave_network();
    case Barrier::NoNewPrivileges: return forbid_new_privileges();
    case Barrier::Capabilities: return drop_capabilities();
    case Barrier::Landlock: return restrict_files(spec.readable_files, spec.socket_folder);
    case Barrier::Undumpable: return forbid_dumps();
    case Barrier::Seccomp: return restrict_calls();
  }
  return fail(Code::Internal, "unknown barrier");
}

}  // namespace

Result<std::vector<BarrierState>> enter_sandbox(const SandboxSpec& spec) {
  std::vector<BarrierState> states;
  for (const Barrier barrier : kAllBarriers) {
    if (std::find(spec.barriers.begin(), spec.barriers.end(), barrier) == spec.barriers.end())
      continue;
    states.push_back(TRY(enter(barrier, spec), barrier_name(barrier)));
  }
  return states;
}

}  // namespace tegula::os

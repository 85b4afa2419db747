// The barriers a process puts around itself, each a step of its own. docs/reference/perimeter.md
// says what each one stops.
//
// A step that the machine cannot take answers `enforced = false` with the reason; it never
// pretends. A step that fails half-way is an error, and the process must end. Thread rule: before
// the process starts its first thread; barriers hold for threads made later.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace tegula::os {

// In the order they are entered.
enum class Barrier {
  Limits,            // memory, core dumps, file sizes, open files
  NetworkNamespace,  // a network of its own without interfaces
  NoNewPrivileges,   // set-user-id programs and file capabilities have no effect
  Capabilities,      // none left, not even as root
  Landlock,          // named files and folders only; no TCP; no signals or abstract sockets outside
  Undumpable,        // no core, no tracing by other processes of the user
  Seccomp,           // a list of allowed system calls
};

inline constexpr Barrier kAllBarriers[] = {
    Barrier::Limits,   Barrier::NetworkNamespace, Barrier::NoNewPrivileges, Barrier::Capabilities,
    Barrier::Landlock, Barrier::Undumpable,       Barrier::Seccomp};

std::string_view barrier_name(Barrier barrier);  // "network_namespace"
Result<Barrier> parse_barrier(std::string_view name);

struct BarrierState {
  Barrier barrier = Barrier::Limits;
  bool enforced = false;
  std::string detail{};  // enforced: how ("abi 7: …"); else why not

  bool operator==(const BarrierState&) const = default;
};

struct SandboxSpec {
  std::vector<Barrier> barriers{std::begin(kAllBarriers), std::end(kAllBarriers)};
  std::vector<int> readable_files{};   // stay readable under Landlock, by path too
  int socket_folder = -1;              // sockets may be made in it
  std::uint64_t memory_bytes_max = 0;  // private writable memory; 0: no limit
  std::uint64_t open_files_max = 256;
};

// Every step of `spec.barriers`, in the order of the enum. What is left out is not in the answer.
Result<std::vector<BarrierState>> enter_sandbox(const SandboxSpec& spec);

// --- the steps ---
Result<BarrierState> limit_resources(std::uint64_t memory_bytes_max, std::uint64_t open_files_max);
Result<BarrierState> leave_network();
Result<BarrierState> forbid_new_privileges();
Result<BarrierState> drop_capabilities();
Result<BarrierState> restrict_files(const std::vector<int>& readable_files, int socket_folder);
Result<BarrierState> forbid_dumps();
Result<BarrierState> restrict_calls();

// Every refusal of restrict_calls gives this errno (ENOSYS), which no other barrier gives.
int refused_call_errno();

}  // namespace tegula::os

// Landlock (kernel documentation, userspace-api/landlock): files by open descriptor, one folder for
// sockets, no TCP, no signals and no abstract sockets across the border.
//
// The structures and numbers are written out because Debian 12's headers stop at ABI 2.
#include <cerrno>
#include <sys/syscall.h>
#include <unistd.h>

#include <fmt/format.h>

#include "os/descriptor.h"
#include "os/errno.h"
#include "os/sandbox.h"

namespace tegula::os {

namespace {

constexpr long kCreateRuleset = 444;
constexpr long kAddRule = 445;
constexpr long kRestrictSelf = 446;

constexpr std::uint64_t kReadFile = 1U << 2;
constexpr std::uint64_t kMakeSocket = 1U << 9;
constexpr std::uint64_t kTcpBindConnect = 3;
constexpr std::uint64_t kScopeAbstractSignal = 3;
constexpr int kRulePathBeneath = 1;

struct RulesetAttributes {
  std::uint64_t handled_access_fs = 0;
  std::uint64_t handled_access_net = 0;  // ABI 4
  std::uint64_t scoped = 0;              // ABI 6
};

struct [[gnu::packed]] PathBeneath {
  std::uint64_t allowed_access = 0;
  std::int32_t parent_fd = -1;
};

// Every right over files that this ABI knows.
std::uint64_t all_file_rights(long abi) {
  if (abi >= 5) return (1U << 16) - 1;  // ioctl on devices
  if (abi >= 3) return (1U << 15) - 1;  // truncate
  if (abi >= 2) return (1U << 14) - 1;  // refer
  return (1U << 13) - 1;
}

RulesetAttributes ruleset_for(long abi) {
  return {.handled_access_fs = all_file_rights(abi),
          .handled_access_net = abi >= 4 ? kTcpBindConnect : 0,
          .scoped = abi >= 6 ? kScopeAbstractSignal : 0};
}

std::string_view coverage(long abi) {
  if (abi >= 6) return "files, TCP, abstract sockets, signals";
  if (abi >= 4) return "files, TCP; this kernel knows no scopes for abstract sockets and signals";
  return "files; this kernel's Landlock knows neither TCP nor scopes";
}

Result<void> allow(int ruleset, int fd, std::uint64_t rights) {
  const PathBeneath rule{.allowed_access = rights, .parent_fd = fd};
  if (::syscall(kAddRule, ruleset, kRulePathBeneath, &rule, 0) == 0) return {};
  if (errno == EBADFD) return {};  // a file without a place in the tree (memfd): not restricted
  return fail(Code::Unavailable, fmt::format("landlock_add_rule: {}", errno_text(errno)));
}

}  // namespace

Result<BarrierState> restrict_files(const std::vector<int>& readable_files, int socket_folder) {
  const long abi = ::syscall(kCreateRuleset, nullptr, 0, 1);
  if (abi < 1)
    return BarrierState{Barrier::Landlock, false,
                        fmt::format("landlock_create_ruleset: {}", errno_text(errno))};
  const RulesetAttributes attributes = ruleset_for(abi);
  const Descriptor ruleset(static_cast<int>(::syscall(kCreateRuleset, &attributes,
                                                      abi >= 6   ? 24
                                                      : abi >= 4 ? 16
                                                                 : 8,
                                                      0)));
  if (!ruleset.is_open())
    return fail(Code::Unavailable, fmt::format("landlock_create_ruleset: {}", errno_text(errno)));
  for (const int fd : readable_files) TRY(allow(ruleset.get(), fd, kReadFile));
  if (socket_folder >= 0) TRY(allow(ruleset.get(), socket_folder, kMakeSocket));
  if (::syscall(kRestrictSelf, ruleset.get(), 0) != 0)
    return BarrierState{Barrier::Landlock, false,
                        fmt::format("landlock_restrict_self: {}", errno_text(errno))};
  return BarrierState{Barrier::Landlock, true, fmt::format("abi {}: {}", abi, coverage(abi))};
}

}  // namespace tegula::os

#include <cerrno>
#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <fmt/format.h>

#include "os/descriptor.h"
#include "os/errno.h"
#include "os/isolation.h"
#include "os/sandbox.h"

namespace tegula::os {
namespace {

constexpr unsigned kOtherUser = 4242;
constexpr std::string_view kOtherHost = "elsewhere";

Result<void> write_text(const char* path, std::string_view text) {
  const Descriptor file(::open(path, O_WRONLY | O_CLOEXEC));
  if (!file.is_open()) return fail_errno(errno, "open", path);
  return write_whole(file.get(), text);
}

// Files of the real user belong to the other one inside.
Result<void> become(unsigned other, unsigned user, unsigned group) {
  TRY(write_text("/proc/self/setgroups", "deny"));
  TRY(write_text("/proc/self/uid_map", fmt::format("{} {} 1\n", other, user)));
  return write_text("/proc/self/gid_map", fmt::format("{} {} 1\n", other, group));
}

}  // namespace

Result<Isolation> isolate() {
  Isolation out;
  const unsigned user = ::geteuid(), group = ::getegid();
  if (::unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWUTS) == 0) {
    TRY(become(kOtherUser, user, group));
    if (::sethostname(kOtherHost.data(), kOtherHost.size()) != 0)
      return fail_errno(errno, "set the name of", std::string(kOtherHost));
    out = {false, fmt::format("{}", kOtherUser)};
  } else {
    out.user = "the same: " + errno_text(errno);
    out.has_network = !TRY(leave_network()).enforced;
  }
  TRY(forbid_new_privileges());
  TRY(drop_capabilities());
  return out;
}

}  // namespace tegula::os

#include <cerrno>
#include <sched.h>
#include <unistd.h>

#include <fmt/format.h>

#include "os/errno.h"
#include "os/isolation.h"
#include "os/sandbox.h"
#include "os/user_namespace_linux.h"

namespace tegula::os {
namespace {

constexpr unsigned kOtherUser = 4242;
constexpr std::string_view kOtherHost = "elsewhere";

}  // namespace

Result<Isolation> isolate() {
  Isolation out;
  const unsigned user = ::geteuid(), group = ::getegid();
  if (::unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWUTS) == 0) {
    // Files of the real user belong to the other one inside.
    TRY(map_own_user({kOtherUser, kOtherUser}, user, group));
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

#include "os/user_namespace_linux.h"

#include <cerrno>
#include <fcntl.h>

#include <fmt/format.h>

#include "os/descriptor.h"
#include "os/errno.h"

namespace tegula::os {
namespace {

Result<void> write_text(const char* path, std::string_view text) {
  const Descriptor file(::open(path, O_WRONLY | O_CLOEXEC));
  if (!file.is_open())
    return fail(Code::Unavailable, fmt::format("{}: {}", path, errno_text(errno)));
  return write_whole(file.get(), text);
}

}  // namespace

Result<void> map_own_user(InsideNumbers inside, unsigned user, unsigned group) {
  TRY(write_text("/proc/self/setgroups", "deny"));
  TRY(write_text("/proc/self/uid_map", fmt::format("{} {} 1\n", inside.user, user)));
  return write_text("/proc/self/gid_map", fmt::format("{} {} 1\n", inside.group, group));
}

}  // namespace tegula::os

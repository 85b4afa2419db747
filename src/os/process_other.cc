// Platforms without a parent-death signal: the child watches its control pipe instead.
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "os/process_platform.h"

namespace tegula::os {

bool follow_parent(int parent) { return ::getppid() == parent; }

void close_on_exec_from(int first) {
  const long most = ::sysconf(_SC_OPEN_MAX);
  for (int fd = first; fd < most; ++fd) ::fcntl(fd, F_SETFD, FD_CLOEXEC);
}

Descriptor open_exit_event(int) { return Descriptor(); }

void kill_process(int process, const Descriptor&) { ::kill(process, SIGKILL); }

}  // namespace tegula::os

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "os/process_platform.h"

namespace tegula::os {

bool follow_parent(int parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  return ::getppid() == parent;  // it may have ended before the line above
}

void close_on_exec_from(int first) {
  constexpr unsigned kCloseOnExec = 1U << 2;  // CLOSE_RANGE_CLOEXEC, Linux 5.11
  if (::syscall(SYS_close_range, static_cast<unsigned>(first), ~0U, kCloseOnExec) == 0) return;
  rlimit most = {};
  ::getrlimit(RLIMIT_NOFILE, &most);
  for (int fd = first; fd < static_cast<int>(most.rlim_cur); ++fd) ::fcntl(fd, F_SETFD, FD_CLOEXEC);
}

Descriptor open_exit_event(int process) {
  const long fd = ::syscall(SYS_pidfd_open, process, 0);  // Linux 5.3
  if (fd < 0) return Descriptor();
  return Descriptor(static_cast<int>(fd));
}

void kill_process(int process, const Descriptor& exit_event) {
  if (exit_event.is_open())
    ::syscall(SYS_pidfd_send_signal, exit_event.get(), SIGKILL, nullptr, 0);
  else
    ::kill(process, SIGKILL);
}

}  // namespace tegula::os

#include "os/unprivileged.h"

#include <cstdio>
#include <grp.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "base/check.h"

namespace tegula::os {
namespace {

constexpr unsigned kNobody = 65534;

void become_nobody() {
  if (::geteuid() != 0) return;
  CHECK(::setgroups(0, nullptr) == 0);
  CHECK(::setgid(kNobody) == 0);
  CHECK(::setuid(kNobody) == 0);
}

}  // namespace

void run_unprivileged(const std::function<void()>& body) {
  std::fflush(nullptr);
  const pid_t child = ::fork();
  CHECK(child >= 0);
  if (child == 0) {
    become_nobody();
    body();
    std::fflush(nullptr);
    ::_exit(::testing::Test::HasFailure() ? 1 : 0);
  }
  int status = 0;
  CHECK(::waitpid(child, &status, 0) == child);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    ADD_FAILURE() << "failed as an ordinary user (see above), wait status " << status;
}

}  // namespace tegula::os

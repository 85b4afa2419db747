// For tests: permissions mean nothing to root, so what is about them runs as somebody else.
#pragma once

#include <functional>

namespace tegula::os {

// Runs `body` in a child process, as uid and gid 65534 if this process is root. Every GoogleTest
// assertion that fails in the child fails the test that called.
void run_unprivileged(const std::function<void()>& body);

}  // namespace tegula::os

#include "engine/control.h"

#include <poll.h>
#include <unistd.h>

#include "os/descriptor.h"

namespace tegula::engine {

Result<void> send_message(const infer::Message& message) {
  return os::write_whole(infer::kChildControl, TRY(infer::encode(message)) + "\n");
}

std::jthread end_with_parent() {
  return std::jthread([] {
    pollfd pipe{.fd = infer::kChildControl, .events = 0, .revents = 0};
    while (::poll(&pipe, 1, -1) <= 0) continue;
    ::_exit(0);
  });
}

}  // namespace tegula::engine

#include "engine/end_signal.h"

#include <poll.h>

namespace tegula::engine {

namespace {

constexpr int kAgainMs = 10;

}  // namespace

Result<std::unique_ptr<EndSignal>> EndSignal::of(int descriptor, std::function<void()> end) {
  std::unique_ptr<EndSignal> out(new EndSignal(descriptor));
  if (descriptor < 0) return out;
  out->done_ = TRY(os::create_pipe());
  out->thread_ = std::thread(&EndSignal::wait, out.get(), std::move(end));
  return out;
}

bool EndSignal::is_given() const {
  pollfd one{.fd = descriptor_, .events = POLLIN, .revents = 0};
  return ::poll(&one, 1, 0) > 0;
}

void EndSignal::wait(const std::function<void()>& end) {
  pollfd both[] = {{.fd = done_.read.get(), .events = POLLIN, .revents = 0},
                   {.fd = descriptor_, .events = POLLIN, .revents = 0}};
  while (::poll(both, 2, -1) <= 0) continue;
  if (both[0].revents != 0) return;
  do {
    end();
  } while (::poll(both, 1, kAgainMs) <= 0);
}

EndSignal::~EndSignal() {
  if (!thread_.joinable()) return;
  (void)os::write_whole(done_.write.get(), "x");
  thread_.join();
}

}  // namespace tegula::engine

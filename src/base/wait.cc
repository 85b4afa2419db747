#include "base/wait.h"

#include <algorithm>
#include <thread>

namespace tegula {

Result<void> wait_for(std::chrono::nanoseconds time, const Stop& stop) {
  constexpr std::chrono::nanoseconds kLookEvery = std::chrono::milliseconds(50);
  TRY(stop.check());
  while (time.count() > 0) {
    const std::chrono::nanoseconds step = stop.can_stop() ? std::min(time, kLookEvery) : time;
    std::this_thread::sleep_for(step);
    TRY(stop.check());
    time -= step;
  }
  return {};
}

}  // namespace tegula

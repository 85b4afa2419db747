#include "net/rate_limit.h"

#include <algorithm>

namespace tegula::net {

RateLimit::RateLimit(const Clock& clock, std::uint64_t bytes_per_second)
    : clock_(clock),
      bytes_per_second_(std::max<std::uint64_t>(bytes_per_second, 1)),
      paid_until_(clock.monotonic()) {}

std::chrono::nanoseconds RateLimit::take(std::uint64_t bytes) {
  const double seconds = static_cast<double>(bytes) / static_cast<double>(bytes_per_second_);
  const auto cost =
      std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(seconds));
  const std::lock_guard lock(mutex_);
  const MonotonicTime now = clock_.monotonic();
  paid_until_ = std::max(paid_until_, now) + cost;  // time that nobody used is not saved up
  return paid_until_ - now;
}

}  // namespace tegula::net

// Bytes a second, shared by all transfers of a program: `--limit-rate`.
//
// Thread rule: thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>

#include "base/clock.h"

namespace tegula::net {

class RateLimit {
 public:
  // `clock` must outlive it. At least one byte a second.
  RateLimit(const Clock& clock, std::uint64_t bytes_per_second);

  // Accounts for bytes that were moved; says how long to wait before moving more.
  std::chrono::nanoseconds take(std::uint64_t bytes);

 private:
  const Clock& clock_;
  const std::uint64_t bytes_per_second_;
  std::mutex mutex_;
  MonotonicTime paid_until_;  // guarded by mutex_
};

}  // namespace tegula::net

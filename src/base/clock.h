// Time comes from a Clock that main hands down; tests own it.
#pragma once

#include <chrono>
#include <string>

namespace tegula {

using WallTime = std::chrono::sys_time<std::chrono::nanoseconds>;  // since 1970-01-01 UTC
using MonotonicTime = std::chrono::time_point<std::chrono::steady_clock, std::chrono::nanoseconds>;

// Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual WallTime now() const = 0;
  virtual MonotonicTime monotonic() const = 0;
};

class SystemClock final : public Clock {
 public:
  WallTime now() const override;
  MonotonicTime monotonic() const override;
};

// Stands still until told otherwise. Not thread-safe.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(WallTime start = WallTime{std::chrono::seconds(1'700'000'000)})
      : now_(start) {}
  WallTime now() const override { return now_; }
  MonotonicTime monotonic() const override { return MonotonicTime{now_.time_since_epoch()}; }
  void advance(std::chrono::nanoseconds by) { now_ += by; }

 private:
  WallTime now_;
};

// RFC 3339, UTC, whole seconds: "2026-11-23T06:45:26Z".
std::string rfc3339(WallTime time);

}  // namespace tegula

// Stop is the last parameter of every call that may take long: a deadline and a cancel flag.
//
//   StopSource source;                     // owned by whoever may cancel
//   work(…, source.stop());                // blocking call, checks stop.check() now and then
//
// Thread rule: StopSource::cancel is thread-safe and async-signal-safe; Stop is a value.
#pragma once

#include <atomic>
#include <memory>
#include <optional>

#include "base/clock.h"
#include "base/result.h"

namespace tegula {

class Stop {
 public:
  // Never stops.
  Stop() = default;

  // The earlier of this deadline and `at`, read from `clock`, which must outlive the Stop.
  Stop with_deadline(const Clock& clock, MonotonicTime at) const;

  // False for a Stop that never stops: whoever waits need not look up.
  bool can_stop() const { return flag_ || deadline_; }

  bool cancelled() const { return flag_ && flag_->load(std::memory_order_relaxed); }

  // Cancelled after cancel(), Unavailable past the deadline.
  Result<void> check() const;

 private:
  friend class StopSource;
  std::shared_ptr<std::atomic<bool>> flag_;
  const Clock* clock_ = nullptr;
  std::optional<MonotonicTime> deadline_;
};

class StopSource {
 public:
  StopSource() : flag_(std::make_shared<std::atomic<bool>>(false)) {}
  void cancel() { flag_->store(true, std::memory_order_relaxed); }
  void reset() { flag_->store(false, std::memory_order_relaxed); }
  bool cancelled() const { return flag_->load(std::memory_order_relaxed); }
  Stop stop() const;

 private:
  std::shared_ptr<std::atomic<bool>> flag_;
};

}  // namespace tegula

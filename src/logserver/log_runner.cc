#include "logserver/log_runner.h"

#include <algorithm>
#include <utility>

namespace tegula::logserver {
namespace {

constexpr std::chrono::seconds kIdle{1};

}  // namespace

LogRunner::LogRunner(Log& log, const Clock& clock, const Pace& pace, Report report)
    : log_(log),
      clock_(clock),
      pace_(pace),
      report_(std::move(report)),
      sequencing_([this] { sequence(); }),
      publishing_([this] { publish(); }) {}

LogRunner::~LogRunner() {
  {
    const std::lock_guard lock(mutex_);
    stopping_.cancel();
  }
  ending_.notify_all();
  log_.sequencer().wake();
  sequencing_.join();
  publishing_.join();
}

bool LogRunner::rest(std::chrono::milliseconds time) {
  std::unique_lock lock(mutex_);
  return !ending_.wait_for(lock, time, [this] { return stopping_.cancelled(); });
}

void LogRunner::sequence() {
  do {
    log_.sequencer().wait(clock_.monotonic() + kIdle);
    const auto placed = log_.sequence();
    if (placed) continue;
    report_(placed.error());
    if (!rest(pace_.checkpoint_gap)) return;  // a full disk does not need our haste
  } while (rest(pace_.round_gap));
}

void LogRunner::publish() {
  MonotonicTime next = clock_.monotonic();
  do {
    next += pace_.checkpoint_gap;
    const auto published = log_.publish(stopping_.stop());
    if (!published) report_(published.error());
    // Slow witnesses take their time from the rest, and miss turns rather than pile them up.
    next = std::max(next, clock_.monotonic());
  } while (rest(std::chrono::ceil<std::chrono::milliseconds>(next - clock_.monotonic())));
}

}  // namespace tegula::logserver

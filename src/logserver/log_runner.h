// Drives a log: one thread sequences what comes in, one publishes.
//
// Thread rule: made and destroyed by one thread; `report` is called on both of its own.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "logserver/log.h"

namespace tegula::logserver {

struct Pace {
  // Between two rounds, so that many clients share one.
  std::chrono::milliseconds round_gap{20};

  // From one checkpoint to the next, and after a failure.
  std::chrono::milliseconds checkpoint_gap{250};
};

class LogRunner {
 public:
  using Report = std::function<void(const Error&)>;  // what went wrong; it goes on

  // All must outlive it.
  LogRunner(Log& log, const Clock& clock, const Pace& pace, Report report);

  // Ends after the round at hand.
  ~LogRunner();

 private:
  void sequence();
  void publish();
  bool rest(std::chrono::milliseconds time);  // false when it is time to end

  Log& log_;
  const Clock& clock_;
  const Pace pace_;
  const Report report_;
  StopSource stopping_;
  std::mutex mutex_;
  std::condition_variable ending_;
  std::thread sequencing_, publishing_;
};

}  // namespace tegula::logserver

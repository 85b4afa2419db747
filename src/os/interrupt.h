// Ctrl-C cancels a StopSource instead of ending the process, while an InterruptGuard lives. A
// second one before the first was noticed ends the process as usual.
//
// Thread rule: one guard at a time, made by main.
#pragma once

#include "base/stop.h"

namespace tegula::os {

class InterruptGuard {
 public:
  explicit InterruptGuard(StopSource& source);  // which must outlive it
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;
};

}  // namespace tegula::os

// Waiting that a Stop ends.
//
// Thread rule: blocks the caller.
#pragma once

#include <chrono>

#include "base/stop.h"

namespace tegula {

// Cancelled or Unavailable, as Stop::check says, within 50 ms of it.
Result<void> wait_for(std::chrono::nanoseconds time, const Stop& stop);

}  // namespace tegula

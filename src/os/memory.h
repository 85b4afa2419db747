// How much memory there is to have.
#pragma once

#include <cstdint>

#include "base/result.h"

namespace tegula::os {

struct MemoryState {
  std::uint64_t total_bytes = 0;
  std::uint64_t available_bytes = 0;  // without swapping; not more than a control group allows
};

Result<MemoryState> memory_state();

}  // namespace tegula::os

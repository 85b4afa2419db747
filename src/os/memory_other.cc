#include <unistd.h>

#include "os/memory.h"

namespace tegula::os {

Result<MemoryState> memory_state() {
  const long pages = ::sysconf(_SC_PHYS_PAGES);
  const long page_bytes = ::sysconf(_SC_PAGESIZE);
  if (pages <= 0 || page_bytes <= 0) return fail(Code::Unavailable, "cannot read the memory size");
  const std::uint64_t total =
      static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(page_bytes);
  // How much of it is free is not known here: half is a careful guess.
  return MemoryState{.total_bytes = total, .available_bytes = total / 2};
}

}  // namespace tegula::os

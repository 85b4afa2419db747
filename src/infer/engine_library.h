// An Engine on a thread of this process, for platforms that cannot start another: the inside of
// tegula-engine as a shared library. There is no perimeter, and EngineInfo::perimeter says so.
// docs/reference/engine.md has what the library is told.
//
// Thread rule: free function; the Engine is thread-safe. One at a time in a process.
#pragma once

#include <filesystem>
#include <memory>

#include "base/clock.h"
#include "base/random.h"
#include "infer/engine.h"

namespace tegula::infer {

struct LibraryHost {
  std::filesystem::path library{};     // libtegula-engine.so
  std::filesystem::path run_folder{};  // exists; each engine makes a folder of mode 0700 in it
  const Clock* clock = nullptr;
  Random* random = nullptr;
};

// Returns once the engine answers requests. Unsupported if the library cannot be loaded or the
// processor is too old for it, Unavailable while another engine runs in this process.
Result<std::unique_ptr<Engine>> start_library_engine(const EngineSettings& settings,
                                                     const LibraryHost& host, const Stop& stop);

}  // namespace tegula::infer

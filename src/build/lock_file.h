// Modelfile.lock as a file beside its Modelfile (docs/reference/lock.md).
//
// Thread rule: free functions.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "build/build_source.h"
#include "build/lock.h"

namespace tegula::build {

// "Modelfile.lock" for "Modelfile"; empty for what has none: standard input, a GGUF file.
os::Path lock_path(const BuildSource& source);

// Nothing if there is no such file.
Result<std::optional<Lock>> read_lock(const os::FileSystem& files, const os::Path& path);

// Forgets the inputs of these names, so that the next build looks where they lead now; an empty
// name stands for all. NotFound names those that the lock has.
Result<void> forget(const std::vector<std::string>& names, Lock& lock);

// What a new lock says that the old one didn't, for people.
struct LockChanges {
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;  // of the same inputs: the build is not reproducible, or wasn't
};

// Writes the lock unless the file says the same already. No changes for a new file.
Result<LockChanges> keep_lock(os::FileSystem& files, const os::Path& path, const Lock& lock);

}  // namespace tegula::build

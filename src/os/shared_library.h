// Code that is loaded while the program runs.
//
// Errors: Unsupported with what the loader said.
// Thread rule: free functions, thread-safe.
#pragma once

#include <string>

#include "base/result.h"
#include "os/file_system.h"

namespace tegula::os {

// The function of the library at `path`. The library shows its symbols to nobody else and stays
// loaded, since threads that it leaves behind go on to need it.
Result<void*> load_function(const Path& path, const std::string& name);

}  // namespace tegula::os

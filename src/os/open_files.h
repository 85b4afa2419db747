// How many files and connections this process may have open at once.
//
// Thread rule: for main and commands, before threads are started.
#pragma once

#include <cstdint>

namespace tegula::os {

// Raises the limit as far as an ordinary process may, and returns what it is then.
std::uint64_t raise_open_files();

}  // namespace tegula::os

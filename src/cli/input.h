// What comes in by stdin.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace tegula::cli {

// Everything up to the end; Exhausted past `bytes_max`.
Result<std::string> read_stdin(std::uint64_t bytes_max);

}  // namespace tegula::cli

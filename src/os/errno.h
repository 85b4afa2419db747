// What the operating system's error numbers mean to us: one table for the whole program.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tegula::os {

Code code_of_errno(int error);

// "no such file or folder": small first letter, no full stop.
std::string errno_text(int error);

// `cannot <action> "<path>": <text>`, with a hint where there is something to do.
std::unexpected<Error> fail_errno(int error, std::string_view action,
                                  const std::filesystem::path& path);

}  // namespace tegula::os

// Which Tegula this is.
#pragma once

#include <string_view>

namespace tegula::cli {

std::string_view program_version();  // "0.1.0"

}  // namespace tegula::cli

// Small layers as text.
#pragma once

#include <string>

#include "content/verified_blob.h"

namespace tegula::content {

// The whole blob; Exhausted over `bytes_max`, Corrupt if the file became shorter.
Result<std::string> read_text(const VerifiedBlob& blob, std::uint64_t bytes_max);

}  // namespace tegula::content

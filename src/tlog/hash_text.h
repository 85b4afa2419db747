// Hashes as the text formats of a log write them: base64 of 32 bytes.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "tlog/merkle.h"

namespace tegula::tlog {

Result<Hash256> parse_hash(std::string_view base64);  // Corrupt
std::string hash_text(const Hash256& hash);

}  // namespace tegula::tlog

// Lower-case hexadecimal (RFC 4648 §8 alphabet, lower case as OCI digests require).
#pragma once

#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace tegula {

std::string hex_encode(ByteView bytes);

// The inverse of hex_encode. Refuses odd lengths and anything but [0-9a-f]: upper case is refused
// since two spellings of one digest must not exist.
Result<Bytes> hex_decode(std::string_view text);

bool is_lower_hex(std::string_view text);

}  // namespace tegula

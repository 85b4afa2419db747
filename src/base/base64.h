// Base64 (RFC 4648 §4, with padding).
//
// Thread rule: free functions over values.
#pragma once

#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace tegula {

std::string base64_encode(ByteView bytes);

// The inverse of base64_encode: strict about alphabet, padding and unused bits, so that one value
// has one spelling. InvalidArgument.
Result<Bytes> base64_decode(std::string_view text);

}  // namespace tegula

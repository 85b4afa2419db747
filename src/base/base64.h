// Base64 (RFC 4648 §4): the standard alphabet with padding, and one spelling for every value.
#pragma once

#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace tegula {

std::string base64_encode(ByteView bytes);

// The inverse of base64_encode, InvalidArgument for anything that it doesn't print: other
// alphabets, white space, missing padding, and stray bits in the last character, since what is
// signed or hashed must not have a second spelling.
Result<Bytes> base64_decode(std::string_view text);

}  // namespace tegula

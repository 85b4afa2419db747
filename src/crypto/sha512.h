// SHA-384 and SHA-512 (FIPS 180-4) through OpenSSL, for signatures of others. What has a name here
// has it by SHA-256.
//
// Thread rule: free functions over values.
#pragma once

#include "base/bytes.h"

namespace tegula::crypto {

Bytes sha384(ByteView bytes);  // 48 bytes
Bytes sha512(ByteView bytes);  // 64 bytes

}  // namespace tegula::crypto

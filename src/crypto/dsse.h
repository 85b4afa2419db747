// What a DSSE signature signs (Dead Simple Signing Envelope 1.0, protocol.md, "Signature
// Definition"): type and payload with their lengths, so that no two pairs give the same bytes.
//
// Thread rule: free function over values.
#pragma once

#include <string_view>

#include "base/bytes.h"

namespace tegula::crypto {

// "DSSEv1 <bytes of type> <type> <bytes of payload> <payload>": the pre-authentication encoding.
Bytes dsse_pae(std::string_view payload_type, ByteView payload);

}  // namespace tegula::crypto

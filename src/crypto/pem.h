// PEM (RFC 7468): blocks strictly as we would write them, so that no text around it is overlooked
// and no header asks for a password.
//
// Thread rule: free functions over values.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace tegula::crypto {

// `label` as in "PUBLIC KEY". InvalidArgument for any other text: blocks before or behind, other
// labels, headers. Lines may have any length and end with \r\n; blank space around is no matter.
Result<Bytes> pem_decode(std::string_view label, std::string_view text);

// The same for one block or more with nothing between them but blank space. Exhausted if there are
// more than `blocks_max`.
Result<std::vector<Bytes>> pem_decode_all(std::string_view label, std::string_view text,
                                          std::size_t blocks_max);

std::string pem_encode(std::string_view label, ByteView bytes);  // lines of 64 characters

}  // namespace tegula::crypto

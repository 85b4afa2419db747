// The little of DER (X.690) that certificate extensions of logs and identities need: one value of
// one kind.
//
// Thread rule: free function over a view.
#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.h"

namespace tegula::attest {

inline constexpr std::uint8_t kDerOctetString = 0x04;
inline constexpr std::uint8_t kDerUtf8String = 0x0C;

// What is in a value with this tag and nothing behind it; nothing for any other bytes.
std::optional<ByteView> der_content(std::uint8_t tag, ByteView der);

}  // namespace tegula::attest

// What each kind of processor has for sha256_batch. For this folder's sources only.
//
// Thread rule: pure functions.
#pragma once

#include <cstddef>

#include "base/bytes.h"
#include "crypto/sha256.h"

namespace tegula::crypto {

// Whether the processor can hash so many messages side by side; one, always.
bool has_sha256_lanes(std::size_t lanes);

// How many are the fastest.
std::size_t find_sha256_lanes();

// How many of the `count` messages of `size` bytes were hashed, `lanes` at a time: those that fill
// all lanes, if they are whole blocks.
std::size_t sha256_in_lanes(const std::uint8_t* messages, std::size_t size, Hash256* hashes,
                            std::size_t count, std::size_t lanes);

}  // namespace tegula::crypto

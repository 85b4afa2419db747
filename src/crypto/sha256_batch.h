// SHA-256 (FIPS 180-4) of many messages of one length side by side: one lane of the processor's
// vectors a message. What a Merkle tree over blocks needs, several times faster than one message
// after another.
//
// Thread rule: pure functions.
#pragma once

#include <cstddef>
#include <span>

#include "base/bytes.h"
#include "crypto/sha256.h"

namespace tegula::crypto {

// How many messages this processor hashes at once: 16 with AVX-512, 8 with AVX2 where it has no
// instructions of its own for SHA-256, otherwise 1, through OpenSSL.
std::size_t sha256_lanes();

// hashes[i] becomes the hash of bytes [i * size, (i + 1) * size) of `messages`, which is as long as
// all of them. `hashes` must not overlap it. As many as fill all lanes go through them.
void sha256_batch(ByteView messages, std::size_t size, std::span<Hash256> hashes);

// The same with `lanes` of them, 1, 8 or 16, which the processor must have: for tests.
void sha256_batch(ByteView messages, std::size_t size, std::span<Hash256> hashes,
                  std::size_t lanes);

}  // namespace tegula::crypto

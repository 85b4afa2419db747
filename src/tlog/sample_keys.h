// Keys for tests: the same for the same number, and no secret from anybody.
#pragma once

#include <string>

#include "crypto/key.h"
#include "tlog/note_key.h"

namespace tegula::tlog {

struct SampleKey {
  crypto::PrivateKey signer;
  NoteKey key;
};

// An Ed25519 key whose seed is this byte, 32 times.
SampleKey sample_key(const std::string& name, std::uint8_t seed,
                     SignatureType type = SignatureType::Ed25519);

}  // namespace tegula::tlog

#include "tlog/sample_keys.h"

#include <utility>

namespace tegula::tlog {

SampleKey sample_key(const std::string& name, std::uint8_t seed, SignatureType type) {
  crypto::Ed25519Bytes bytes;
  bytes.fill(seed);
  crypto::PrivateKey signer = crypto::PrivateKey::ed25519(bytes).value();
  NoteKey key = NoteKey::create(name, type, signer.public_key()).value();
  return {.signer = std::move(signer), .key = std::move(key)};
}

}  // namespace tegula::tlog

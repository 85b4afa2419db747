#include "crypto/sha256_batch.h"

#include "base/check.h"
#include "crypto/sha256_lanes.h"

namespace tegula::crypto {

std::size_t sha256_lanes() {
  static const std::size_t kLanes = find_sha256_lanes();
  return kLanes;
}

void sha256_batch(ByteView messages, std::size_t size, std::span<Hash256> hashes) {
  sha256_batch(messages, size, hashes, sha256_lanes());
}

void sha256_batch(ByteView messages, std::size_t size, std::span<Hash256> hashes,
                  std::size_t lanes) {
  CHECK(messages.size() == size * hashes.size());
  std::size_t done = sha256_in_lanes(messages.data(), size, hashes.data(), hashes.size(), lanes);
  if (done == hashes.size()) return;
  Sha256 sha;
  for (; done < hashes.size(); ++done) {
    sha.update(messages.subspan(done * size, size));
    hashes[done] = sha.finish();
  }
}

}  // namespace tegula::crypto

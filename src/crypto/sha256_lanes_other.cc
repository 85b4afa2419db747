#include "crypto/sha256_lanes.h"

namespace tegula::crypto {

bool has_sha256_lanes(std::size_t lanes) { return lanes == 1; }

std::size_t find_sha256_lanes() { return 1; }

std::size_t sha256_in_lanes(const std::uint8_t*, std::size_t, Hash256*, std::size_t, std::size_t) {
  return 0;
}

}  // namespace tegula::crypto

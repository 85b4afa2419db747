#include "crypto/sha512.h"

#include "base/check.h"
#include "crypto/openssl.h"

namespace tegula::crypto {
namespace {

Bytes digest_of(const char* algorithm, std::size_t digest_bytes, ByteView bytes) {
  start_openssl();
  Bytes out(digest_bytes);
  std::size_t size = 0;
  CHECK(EVP_Q_digest(nullptr, algorithm, nullptr, bytes.data(), bytes.size(), out.data(), &size) ==
            1 &&
        size == digest_bytes);
  return out;
}

}  // namespace

Bytes sha384(ByteView bytes) { return digest_of("SHA384", 48, bytes); }

Bytes sha512(ByteView bytes) { return digest_of("SHA512", 64, bytes); }

}  // namespace tegula::crypto

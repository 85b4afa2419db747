#include "crypto/sha256.h"

#include <openssl/evp.h>

#include "base/check.h"
#include "crypto/openssl.h"

namespace tegula::crypto {
namespace {

// Fetching walks the providers under a lock, many times the price of a short message, so it is done
// once. What comes back never changes.
const EVP_MD* method() {
  static const EVP_MD* const kMethod = [] {
    start_openssl();
    return EVP_MD_fetch(nullptr, "SHA256", nullptr);
  }();
  return kMethod;
}

}  // namespace

struct Sha256::State {
  EVP_MD_CTX* context = nullptr;

  State() : context(EVP_MD_CTX_new()) {
    CHECK(context != nullptr && method() != nullptr);
    CHECK(EVP_DigestInit_ex2(context, method(), nullptr) == 1);
  }
  ~State() { EVP_MD_CTX_free(context); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
};

Sha256::Sha256() : state_(std::make_unique<State>()) {}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::update(ByteView bytes) {
  CHECK(EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()) == 1);
}

Hash256 Sha256::finish() {
  Hash256 hash;
  CHECK(EVP_DigestFinal_ex(state_->context, hash.data(), nullptr) == 1);
  // Without a method the context keeps its memory and only starts again.
  CHECK(EVP_DigestInit_ex2(state_->context, nullptr, nullptr) == 1);
  return hash;
}

Hash256 sha256(ByteView bytes) {
  Sha256 hasher;
  hasher.update(bytes);
  return hasher.finish();
}

}  // namespace tegula::crypto

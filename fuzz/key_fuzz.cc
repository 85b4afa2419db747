// Keys: what parses prints as it was, in DER and in PEM.
#include "base/check.h"
#include "crypto/key.h"

using namespace tegula::crypto;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const tegula::ByteView bytes(data, size);
  if (const auto key = PublicKey::from_der(bytes)) {
    CHECK(tegula::text_of(key->der()) == tegula::text_of(bytes));
    CHECK(PublicKey::from_pem(key->pem()).value() == *key);
    CHECK(!key->verify(bytes, bytes));
  }
  if (const auto key = PublicKey::from_pem(tegula::text_of(bytes)))
    CHECK(PublicKey::from_der(key->der()).value() == *key);
  if (const auto key = PrivateKey::from_pem(tegula::text_of(bytes)))
    CHECK(key->public_key().verify(bytes, key->sign(bytes).value()));
  return 0;
}

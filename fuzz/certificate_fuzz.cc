// Certificates and timestamps: what parses can be asked everything, and nobody vouches for it.
#include "base/check.h"
#include "crypto/certificate.h"
#include "crypto/timestamp.h"

using namespace tegula::crypto;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const tegula::ByteView bytes(data, size);
  CHECK(!verify_timestamp({bytes, bytes, {}, {}}));
  const auto certificate = Certificate::from_der(bytes);
  if (!certificate) return 0;
  CHECK(tegula::text_of(certificate->der()) == tegula::text_of(bytes));
  if (const auto key = certificate->public_key())
    CHECK(sha256(key->der()) == certificate->public_key_hash());
  (void)certificate->names();
  (void)certificate->validity();
  (void)certificate->extension("2.5.29.17");
  (void)certificate->signed_part_without("2.5.29.17");
  CHECK(!verify_chain({*certificate, {}, {}, 0, ExtendedUsage::CodeSigning}));
  return 0;
}

#include "attest/bundle_signing.h"

#include <utility>

#include "attest/envelope.h"
#include "base/base64.h"

namespace tegula::attest {

std::string key_hint(const crypto::PublicKey& key) {
  return base64_encode(crypto::sha256(key.der()));
}

Result<Bundle> sign_statement(const Statement& statement, const crypto::Signer& signer,
                              SigningServices& services) {
  const std::string text = TRY(encode(statement));
  const ByteView payload = bytes_of(text);
  Envelope envelope = TRY(sign_envelope(std::string(kInTotoPayloadType),
                                        Bytes(payload.begin(), payload.end()), signer));
  Bundle out;
  out.key = KeyHint{.hint = key_hint(signer.public_key())};
  out.timestamps = TRY(services.stamp(envelope.signatures[0].bytes));
  const Bytes message = signed_bytes(envelope);
  out.entries = TRY(services.log({.digest = crypto::sha256(message),
                                  .signature = envelope.signatures[0].bytes,
                                  .key = signer.public_key()}));
  out.content = std::move(envelope);
  return out;
}

}  // namespace tegula::attest

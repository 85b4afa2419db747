// Signing a statement: an envelope by the signer's key, what outside services say about it, and
// both together as a bundle that verifies offline (docs/reference/signing.md).
//
// Thread rule: one thread at a time. Errors: the signer's, and the services'.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "attest/bundle.h"
#include "attest/rekor_request.h"
#include "attest/statement.h"
#include "crypto/signer.h"

namespace tegula::attest {

// Timestamp authorities and logs, wherever they are.
class SigningServices {
 public:
  virtual ~SigningServices() = default;

  // RFC 3161 TimeStampResps over these bytes, one of each authority that shall stamp; may be none.
  virtual Result<std::vector<Bytes>> stamp(ByteView signature) = 0;

  // The entry of each log that shall have it, with its proof; may be none.
  virtual Result<std::vector<LogEntry>> log(const RekorRequest& request) = 0;
};

// What a bundle by a key names it by: base64 of SHA-256 over its DER.
std::string key_hint(const crypto::PublicKey& key);

// In this order: signed, stamped, logged.
Result<Bundle> sign_statement(const Statement& statement, const crypto::Signer& signer,
                              SigningServices& services);

}  // namespace tegula::attest

#include "attest/rekor_request.h"

#include <fmt/format.h>

#include "base/base64.h"
#include "codec/json.h"

namespace tegula::attest {

Result<std::string> encode(const RekorRequest& request) {
  // The one kind of key that this machine signs with; others go to a log with their certificate.
  if (request.key.type() != crypto::KeyType::P256)
    return fail(Code::Unsupported,
                fmt::format("a log takes no {} key", crypto::name_of(request.key.type())));
  const codec::Json verifier = {{"publicKey", {{"rawBytes", base64_encode(request.key.der())}}},
                                {"keyDetails", "PKIX_ECDSA_P256_SHA_256"}};
  const codec::Json json = {
      {"hashedRekordRequestV002",
       {{"digest", base64_encode(request.digest)},
        {"signature", {{"content", base64_encode(request.signature)}, {"verifier", verifier}}}}}};
  return codec::canonical_json(json);
}

}  // namespace tegula::attest

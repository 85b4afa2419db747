// Timestamps of RFC 3161: that an authority had seen a message at a time. Through OpenSSL.
//
// Thread rule: values; free functions. Errors: InvalidArgument for what is no timestamp, Exhausted
// past a limit, Untrusted if it doesn't hold.
#pragma once

#include <cstdint>
#include <span>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/certificate.h"

namespace tegula::crypto {

struct TimestampRequest {
  ByteView response;  // a TimeStampResp, DER
  ByteView message;   // that was stamped; not its hash
  // Of the authority, if they aren't in the response; nobody trusts them.
  std::span<const Certificate> certificates;
  std::span<const Certificate> anchors;  // trusted
  // If the authority's certificate is known: nobody else's stamp is taken.
  const Certificate* signer = nullptr;
};

// The time, POSIX seconds, of a stamp over exactly this message, whose signer's certificate is for
// time stamping and was valid then, as was its chain to an anchor. SHA-256, SHA-384 or SHA-512.
//
// RFC 3161 §2.3 wants the extended key usage critical; public authorities have it otherwise, and it
// says the same, so that is not asked.
Result<std::int64_t> verify_timestamp(const TimestampRequest& request);

}  // namespace tegula::crypto

// The client's side of RFC 3161: asking for a timestamp, and whether an answer is about what was
// asked. Who stamped is another question: verify_timestamp (crypto/timestamp.h).
//
// Thread rule: free functions over values.
#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/sha256.h"

namespace tegula::crypto {

// A TimeStampReq in DER for a message of this SHA-256, under any policy, that wants the authority's
// certificate in the answer. The nonce is a new random number each time.
Bytes timestamp_query(const Hash256& digest, std::uint64_t nonce);

// That `response`, a TimeStampResp, is granted, over the imprint and with the nonce of `query`.
// InvalidArgument for what is no response, Exhausted past a limit, Unavailable if the authority
// refused, with its reasons, Untrusted for an answer to something else.
Result<void> check_timestamp_answer(ByteView response, ByteView query);

}  // namespace tegula::crypto

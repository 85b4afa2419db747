// The member "validFor" of Sigstore's messages: when a key or service is to be believed, both ends
// included.
//
// Thread rule: free functions over values. Errors: Corrupt.
#pragma once

#include <cstdint>
#include <string>

#include "attest/proto_object.h"
#include "base/clock.h"
#include "crypto/certificate.h"

namespace tegula::attest {

// There is a beginning; without an end, it is valid for ever. Whole seconds that lie within.
Result<crypto::Validity> parse_valid_for(const ProtoObject& object);

codec::Json valid_for_json(const crypto::Validity& validity);

// What the times here are counted in.
std::int64_t posix_seconds(WallTime time);

// POSIX seconds as "2026-11-26T12:00:00Z"; a number for years beyond 9999.
std::string time_text(std::int64_t time_s);

// No end.
bool is_open(const crypto::Validity& validity);

}  // namespace tegula::attest

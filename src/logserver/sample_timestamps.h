// For tests: a timestamp authority, valid from a manual clock's start for ten years.
#pragma once

#include "crypto/timestamp.h"
#include "logserver/timestamp_files.h"

namespace tegula::logserver {

inline crypto::TimestampAuthority sample_timestamp_authority(Random& random) {
  return make_timestamp_authority("log.example.com", ManualClock().now(), random).value();
}

// The time of a stamp by this authority, as a verifier who trusts its root finds it.
inline Result<std::int64_t> verify_sample_stamp(const crypto::TimestampAuthority& authority,
                                                std::string_view response,
                                                std::string_view message) {
  return crypto::verify_timestamp({.response = bytes_of(response),
                                   .message = bytes_of(message),
                                   .certificates = {},
                                   .anchors = {&authority.chain().back(), 1}});
}

}  // namespace tegula::logserver

// How RFC 3161 §3.4 travels by HTTP: what routes and client share.
//
// Thread rule: free functions over values.
#pragma once

#include <string_view>
#include <vector>

#include "net/message.h"

namespace tegula::logserver {

// As Sigstore's own authority has it; clients are given whole addresses.
inline constexpr std::string_view kTimestampPath = "/api/v1/timestamp";

inline constexpr std::string_view kTimestampQueryType = "application/timestamp-query";
inline constexpr std::string_view kTimestampReplyType = "application/timestamp-reply";

// Whether the body is of this media type, whatever its parameters.
bool has_type(const std::vector<net::Header>& headers, std::string_view type);

}  // namespace tegula::logserver

// JSON (RFC 8259) with limits, and its canonical form (JCS, RFC 8785).
//
// Outside JSON is parsed by parse_json, which refuses what nlohmann accepts silently: duplicate
// names, deep nesting, oversize input, invalid UTF-8. Thread rule: free functions over values.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/limits.h"
#include "base/result.h"

namespace tegula::codec {

using Json = nlohmann::json;                 // members sorted by name
using OrderedJson = nlohmann::ordered_json;  // members as inserted, for output people read

struct JsonLimits {
  std::uint64_t bytes_max = limits::kJsonBytesMax;
  std::size_t depth_max = limits::kJsonDepthMax;
};

// InvalidArgument with line and column for malformed text, Exhausted past a limit.
Result<Json> parse_json(std::string_view text, const JsonLimits& limits = {});

// RFC 8785: members sorted by UTF-16 code units, ES6 numbers, minimal escapes. Refuses NaN,
// infinities, and integers beyond 2^53 that a double cannot hold.
Result<std::string> canonical_json(const Json& value);

// --- reading members; the error names the member and what was expected ---
Result<std::string> string_member(const Json& object, std::string_view name);
Result<std::uint64_t> uint_member(const Json& object, std::string_view name);

}  // namespace tegula::codec

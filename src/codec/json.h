// JSON (RFC 8259) with limits, and its canonical form (JCS, RFC 8785).
//
// Outside JSON is parsed by parse_json, which refuses what nlohmann accepts silently: duplicate
// names, deep nesting, oversize input, a byte order mark. Thread rule: free functions over values.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "base/limits.h"
#include "base/result.h"

namespace tegula::codec {

using Json = nlohmann::json;                 // members sorted by name
using OrderedJson = nlohmann::ordered_json;  // members as inserted, for output people read

struct JsonLimits {
  std::uint64_t bytes_max = limits::kJsonBytesMax;
  std::size_t depth_max = limits::kJsonDepthMax;
};

// InvalidArgument with line and column for malformed text, Exhausted past a limit. A column counts
// bytes, from 1.
Result<Json> parse_json(std::string_view text, const JsonLimits& limits = {});

// RFC 8785: members sorted by UTF-16 code units, ES6 numbers, minimal escapes. Refuses NaN,
// infinities, text that is not UTF-8, and integers that would not read back as themselves (most
// beyond 2^53, which a double cannot hold): write those as strings.
Result<std::string> canonical_json(const Json& value);

// --- reading members; the error names the member and what was expected ---
Result<std::string> string_member(const Json& object, std::string_view name);
Result<std::uint64_t> uint_member(const Json& object, std::string_view name);
Result<const Json*> array_member(const Json& object, std::string_view name);
Result<const Json*> object_member(const Json& object, std::string_view name);

// As above, but the member may be missing; null is still a wrong type.
Result<std::optional<std::string>> optional_string_member(const Json& object,
                                                          std::string_view name);
Result<std::optional<std::uint64_t>> optional_uint_member(const Json& object,
                                                          std::string_view name);

}  // namespace tegula::codec

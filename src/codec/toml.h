// TOML 1.0 (https://toml.io/en/v1.0.0) with limits, for configuration files.
//
// Thread rule: free functions over values.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "codec/json.h"

namespace tegula::codec {

struct TomlPlace {
  std::size_t line = 0;  // both from 1
  std::size_t column = 0;
};

struct Toml {
  Json root = Json::object();

  // Where each value stands, by JSON Pointer (RFC 6901): "/engine/threads", "/sources/0". For
  // messages about values that are well-formed and wrong all the same.
  std::map<std::string, TomlPlace> places;
};

// InvalidArgument with line and column for malformed text and for what Json cannot hold (dates,
// infinities, not-a-number), Exhausted past a limit.
Result<Toml> parse_toml(std::string_view text);

}  // namespace tegula::codec

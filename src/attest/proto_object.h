// Protocol-buffer messages as JSON, the way Sigstore writes them (ProtoJSON), strictly: names in
// lowerCamelCase, no unknown members, canonical base64. A missing member and null are the default
// value, since writers leave defaults out.
//
// Thread rule: values that borrow from the JSON they were made of. Errors: Corrupt, naming the
// member.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "codec/json.h"

namespace tegula::attest {

struct ProtoTime {
  std::int64_t seconds = 0;  // since 1970
  std::uint32_t nanos = 0;

  auto operator<=>(const ProtoTime&) const = default;
};

// Of what somebody else has sent or signed, as opposed to a file of the user's: Corrupt for what is
// no JSON.
Result<codec::Json> parse_foreign_json(std::string_view text, const codec::JsonLimits& limits = {});

class ProtoObject {
 public:
  // Corrupt unless `json` is an object with no members but these.
  static Result<ProtoObject> of(const codec::Json& json,
                                std::initializer_list<std::string_view> names);

  // The member's value, or null if there is none.
  const codec::Json* find(std::string_view name) const;

  Result<std::string> text(std::string_view name) const;
  Result<Bytes> bytes(std::string_view name) const;

  // A 64-bit number from 0 to 2^63 - 1: decimal in a string, or a number.
  Result<std::uint64_t> number(std::string_view name) const;

  // RFC 3339 in UTC with up to nine decimals, years 1970 to 9999: "2022-12-31T23:59:59.999Z".
  Result<std::optional<ProtoTime>> time(std::string_view name) const;

  // Exhausted for more than `items_max`.
  Result<std::vector<const codec::Json*>> list(std::string_view name, std::size_t items_max) const;

 private:
  explicit ProtoObject(const codec::Json& json) : json_(&json) {}

  const codec::Json* json_;
};

}  // namespace tegula::attest

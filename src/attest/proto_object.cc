#include "attest/proto_object.h"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "base/base64.h"
#include "base/decimal.h"
#include "base/printable.h"

namespace tegula::attest {
namespace {

using codec::Json;

std::unexpected<Error> wrong_type(std::string_view name, std::string_view want, const Json& got) {
  return fail(Code::Corrupt,
              fmt::format("\"{}\": expected {}, got {}", name, want, got.type_name()));
}

}  // namespace

Result<ProtoObject> ProtoObject::of(const Json& json,
                                    std::initializer_list<std::string_view> names) {
  if (!json.is_object())
    return fail(Code::Corrupt, fmt::format("expected an object, got {}", json.type_name()));
  for (const auto& [name, value] : json.items())
    if (std::ranges::find(names, name) == names.end())
      return fail(Code::Corrupt, fmt::format("unknown member \"{}\"", printable(name)));
  return ProtoObject(json);
}

const Json* ProtoObject::find(std::string_view name) const {
  const auto member = json_->find(name);
  return member == json_->end() || member->is_null() ? nullptr : &*member;
}

Result<std::string> ProtoObject::text(std::string_view name) const {
  const Json* member = find(name);
  if (member == nullptr) return std::string();
  if (!member->is_string()) return wrong_type(name, "a string", *member);
  return member->get_ref<const std::string&>();
}

Result<Bytes> ProtoObject::bytes(std::string_view name) const {
  const auto decoded = base64_decode(TRY(text(name)));
  if (decoded) return *decoded;
  return fail(Code::Corrupt, fmt::format("\"{}\": {}", name, decoded.error().text));
}

Result<std::uint64_t> ProtoObject::number(std::string_view name) const {
  constexpr std::uint64_t kMax = std::numeric_limits<std::int64_t>::max();
  const Json* member = find(name);
  if (member == nullptr) return 0;
  const bool fits = member->is_number_unsigned()
                        ? member->get<std::uint64_t>() <= kMax
                        : member->is_number_integer() && member->get<std::int64_t>() >= 0;
  if (fits) return member->get<std::uint64_t>();
  if (member->is_string())
    if (const auto number = parse_decimal(member->get_ref<const std::string&>(), kMax))
      return *number;
  return fail(Code::Corrupt, fmt::format("\"{}\": expected a number from 0 to 2^63 - 1, got {}",
                                         name, printable(member->dump())));
}

Result<std::vector<const Json*>> ProtoObject::list(std::string_view name,
                                                   std::size_t items_max) const {
  std::vector<const Json*> out;
  const Json* member = find(name);
  if (member == nullptr) return out;
  if (!member->is_array()) return wrong_type(name, "an array", *member);
  if (member->size() > items_max)
    return fail(Code::Exhausted,
                fmt::format("\"{}\" has {} items, at most {}", name, member->size(), items_max));
  for (const Json& item : *member) out.push_back(&item);
  return out;
}

}  // namespace tegula::attest

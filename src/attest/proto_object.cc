#include "attest/proto_object.h"

#include <algorithm>
#include <chrono>
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

// So many digits, and what must follow them.
std::optional<int> take_digits(std::string_view& text, std::size_t count, std::string_view then) {
  int out = 0;
  if (text.size() < count) return std::nullopt;
  for (const char c : text.substr(0, count)) {
    if (c < '0' || c > '9') return std::nullopt;
    out = out * 10 + (c - '0');
  }
  text.remove_prefix(count);
  if (!text.starts_with(then)) return std::nullopt;
  text.remove_prefix(then.size());
  return out;
}

// What is left behind the seconds: "Z", or a point, one to nine decimals and "Z".
std::optional<std::uint32_t> parse_decimals(std::string_view text) {
  if (!text.ends_with('Z')) return std::nullopt;
  text.remove_suffix(1);
  if (text.empty()) return 0;
  if (!text.starts_with('.') || text.size() < 2 || text.size() > 10) return std::nullopt;
  std::string digits(text.substr(1));
  digits.resize(9, '0');
  std::string_view rest = digits;
  return take_digits(rest, 9, "");
}

std::optional<ProtoTime> parse_time(std::string_view text) {
  using namespace std::chrono;
  const auto y = take_digits(text, 4, "-"), m = y ? take_digits(text, 2, "-") : y,
             d = m ? take_digits(text, 2, "T") : m, hour = d ? take_digits(text, 2, ":") : d,
             minute = hour ? take_digits(text, 2, ":") : hour,
             second = minute ? take_digits(text, 2, "") : minute;
  if (!second || *y < 1970 || *hour > 23 || *minute > 59 || *second > 59) return std::nullopt;
  const year_month_day date(year(*y), month(static_cast<unsigned>(*m)),
                            day(static_cast<unsigned>(*d)));
  const auto nanos = parse_decimals(text);
  if (!date.ok() || !nanos) return std::nullopt;
  const auto at = sys_days(date) + hours(*hour) + minutes(*minute) + seconds(*second);
  return ProtoTime{.seconds = seconds(at.time_since_epoch()).count(), .nanos = *nanos};
}

}  // namespace

Result<Json> parse_foreign_json(std::string_view text, const codec::JsonLimits& limits) {
  auto json = codec::parse_json(text, limits);
  if (!json && json.error().code == Code::InvalidArgument) json.error().code = Code::Corrupt;
  return json;
}

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

Result<std::optional<ProtoTime>> ProtoObject::time(std::string_view name) const {
  if (find(name) == nullptr) return std::nullopt;
  const std::string written = TRY(text(name));
  if (const auto out = parse_time(written)) return out;
  return fail(Code::Corrupt,
              fmt::format("\"{}\": \"{}\" is not a time in UTC", name, printable(written)),
              "such as 2026-11-26T12:00:00Z");
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

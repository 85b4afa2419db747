// RFC 8785 (JCS). Numbers follow ECMAScript's Number::toString: the shortest digits that read back
// as the same double, in plain notation from 1e-6 up to 1e21 and with an exponent outside.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <vector>

#include <fmt/format.h>

#include "base/utf8.h"
#include "codec/json.h"

namespace tegula::codec {
namespace {

// The value is 0.d1d2d3… × 10^point; no trailing zeros.
struct Decimal {
  std::string digits;
  int point = 0;
};

Decimal shortest_decimal(double value) {
  char text[32];
  const auto end = std::to_chars(text, text + sizeof text, value, std::chars_format::scientific);
  const std::string_view all(text, static_cast<std::size_t>(end.ptr - text));
  const std::size_t e = all.find('e');
  Decimal out;
  for (const char c : all.substr(0, e))
    if (c != '.') out.digits.push_back(c);
  const std::string_view exponent = all.substr(e + 1);
  int power = 0;
  std::from_chars(exponent.data() + 1, exponent.data() + exponent.size(), power);
  out.point = (exponent.front() == '-' ? -power : power) + 1;
  return out;
}

std::string es6_number(double value) {
  if (value == 0) return "0";  // also -0
  if (value < 0) return "-" + es6_number(-value);
  auto [digits, point] = shortest_decimal(value);
  const int count = static_cast<int>(digits.size());
  if (count <= point && point <= 21)
    return digits.append(static_cast<std::size_t>(point - count), '0');
  if (0 < point && point <= 21) return digits.insert(static_cast<std::size_t>(point), ".");
  if (-6 < point && point <= 0)
    return "0." + std::string(static_cast<std::size_t>(-point), '0') + digits;
  if (count > 1) digits.insert(1, ".");
  return fmt::format("{}e{:+}", digits, point - 1);
}

Result<std::u16string> utf16(std::string_view text) {
  std::u16string out;
  while (!text.empty()) {
    const CodePoint point = utf8_next(text);
    if (!point.valid) return fail(Code::InvalidArgument, "a name is not valid UTF-8");
    if (point.value < 0x10000) {
      out.push_back(static_cast<char16_t>(point.value));
    } else {
      out.push_back(static_cast<char16_t>(0xD7C0 + (point.value >> 10)));
      out.push_back(static_cast<char16_t>(0xDC00 | (point.value & 0x3FF)));
    }
    text.remove_prefix(point.bytes);
  }
  return out;
}

void put_escaped(std::string& out, char c) {
  switch (c) {
    case '"': out += "\\\""; return;
    case '\\': out += "\\\\"; return;
    case '\b': out += "\\b"; return;
    case '\t': out += "\\t"; return;
    case '\n': out += "\\n"; return;
    case '\f': out += "\\f"; return;
    case '\r': out += "\\r"; return;
    default: break;
  }
  if (static_cast<unsigned char>(c) < 0x20)
    out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
  else
    out.push_back(c);
}

Result<void> put_string(std::string& out, std::string_view text) {
  if (!is_utf8(text)) return fail(Code::InvalidArgument, "a string is not valid UTF-8");
  out.push_back('"');
  for (const char c : text) put_escaped(out, c);
  out.push_back('"');
  return {};
}

Result<void> put_double(std::string& out, double value) {
  if (!std::isfinite(value))
    return fail(Code::InvalidArgument, "JSON has no way to write infinity or not-a-number");
  out += es6_number(value);
  return {};
}

template <class Integer>
Result<void> put_integer(std::string& out, Integer value) {
  const std::string exact = std::to_string(value);
  if (es6_number(static_cast<double>(value)) != exact)
    return fail(Code::InvalidArgument,
                fmt::format("the integer {} does not fit a double exactly", exact),
                "write it as a string");
  out += exact;
  return {};
}

Result<void> put_value(std::string& out, const Json& value, std::size_t depth);

Result<void> check_depth(std::size_t depth) {
  if (depth <= limits::kJsonDepthMax) return {};
  return fail(Code::Exhausted,
              fmt::format("JSON nested deeper than {} levels", limits::kJsonDepthMax));
}

Result<void> put_array(std::string& out, const Json& value, std::size_t depth) {
  TRY(check_depth(depth));
  out.push_back('[');
  bool first = true;
  for (const Json& item : value) {
    if (!first) out.push_back(',');
    first = false;
    TRY(put_value(out, item, depth));
  }
  out.push_back(']');
  return {};
}

Result<void> put_object(std::string& out, const Json& value, std::size_t depth) {
  TRY(check_depth(depth));
  struct Member {
    std::u16string order;
    const std::string* name;
    const Json* value;
  };
  std::vector<Member> members;
  for (const auto& [name, member] : value.get_ref<const Json::object_t&>()) {
    std::u16string order = TRY(utf16(name));
    members.push_back({std::move(order), &name, &member});
  }
  // The map is sorted by code point, which differs where surrogates come in.
  std::ranges::sort(members, {}, &Member::order);
  out.push_back('{');
  bool first = true;
  for (const Member& member : members) {
    if (!first) out.push_back(',');
    first = false;
    TRY(put_string(out, *member.name));
    out.push_back(':');
    TRY(put_value(out, *member.value, depth));
  }
  out.push_back('}');
  return {};
}

Result<void> put_value(std::string& out, const Json& value, std::size_t depth) {
  switch (value.type()) {
    case Json::value_t::null: out += "null"; return {};
    case Json::value_t::boolean: out += value.get<bool>() ? "true" : "false"; return {};
    case Json::value_t::number_integer: return put_integer(out, value.get<std::int64_t>());
    case Json::value_t::number_unsigned: return put_integer(out, value.get<std::uint64_t>());
    case Json::value_t::number_float: return put_double(out, value.get<double>());
    case Json::value_t::string: return put_string(out, value.get_ref<const std::string&>());
    case Json::value_t::array: return put_array(out, value, depth + 1);
    case Json::value_t::object: return put_object(out, value, depth + 1);
    case Json::value_t::binary:
    case Json::value_t::discarded: break;
  }
  return fail(Code::InvalidArgument, "a value that JSON cannot hold");
}

}  // namespace

Result<std::string> canonical_json(const Json& value) {
  std::string out;
  TRY(put_value(out, value, 0));
  return out;
}

}  // namespace tegula::codec

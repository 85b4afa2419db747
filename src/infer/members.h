// Reading members of the JSON that engine processes send and get. Internal to infer.
#pragma once

#include <limits>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "codec/json.h"

namespace tegula::infer {

inline Result<const codec::Json*> member(const codec::Json& object, std::string_view name) {
  if (!object.is_object()) return fail(Code::InvalidArgument, "expected an object");
  const auto at = object.find(name);
  if (at == object.end())
    return fail(Code::InvalidArgument, fmt::format("member \"{}\" is missing", name));
  return &*at;
}

inline Result<double> number_member(const codec::Json& object, std::string_view name) {
  const codec::Json* const value = TRY(member(object, name));
  if (!value->is_number())
    return fail(Code::InvalidArgument, fmt::format("member \"{}\" is not a number", name));
  return value->get<double>();
}

inline Result<bool> bool_member(const codec::Json& object, std::string_view name) {
  const codec::Json* const value = TRY(member(object, name));
  if (!value->is_boolean())
    return fail(Code::InvalidArgument, fmt::format("member \"{}\" is not true or false", name));
  return value->get<bool>();
}

// An integer that fits Int.
template <class Int>
Result<Int> int_member(const codec::Json& object, std::string_view name) {
  const codec::Json* const value = TRY(member(object, name));
  const auto outside = [&] {
    return fail(Code::InvalidArgument,
                fmt::format("member \"{}\" is not an integer in its range", name));
  };
  if (value->is_number_unsigned()) {
    const std::uint64_t number = value->get<std::uint64_t>();
    if (number > static_cast<std::uint64_t>(std::numeric_limits<Int>::max())) return outside();
    return static_cast<Int>(number);
  }
  if (!value->is_number_integer()) return outside();
  const std::int64_t number = value->get<std::int64_t>();  // negative, or it were unsigned
  if (!std::numeric_limits<Int>::is_signed ||
      number < static_cast<std::int64_t>(std::numeric_limits<Int>::min()))
    return outside();
  return static_cast<Int>(number);
}

// Text from a process that may have been taken over: no control characters, at most `bytes_max`
// bytes, cut between characters. What was printable once stays as it is.
inline std::string printable(std::string_view text, std::size_t bytes_max = 2000) {
  std::string out(text);
  if (text.size() > bytes_max) {
    std::size_t end = bytes_max - 3;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
    out = std::string(text.substr(0, end)) + "...";
  }
  for (char& c : out) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
  }
  return out;
}

}  // namespace tegula::infer

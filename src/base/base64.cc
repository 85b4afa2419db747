#include "base/base64.h"

#include <algorithm>
#include <array>

namespace tegula {
namespace {

constexpr std::string_view kDigits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t kNoDigit = 0xFF;

constexpr std::array<std::uint8_t, 256> kValues = [] {
  std::array<std::uint8_t, 256> values;
  values.fill(kNoDigit);
  for (std::size_t i = 0; i < kDigits.size(); ++i)
    values[static_cast<std::uint8_t>(kDigits[i])] = static_cast<std::uint8_t>(i);
  return values;
}();

std::size_t padding_of(std::string_view text) {
  if (text.ends_with("==")) return 2;
  return text.ends_with('=') ? 1 : 0;
}

}  // namespace

std::string base64_encode(ByteView bytes) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - at);
    std::uint32_t group = 0;
    for (std::size_t i = 0; i < 3; ++i) group = group << 8 | (i < count ? bytes[at + i] : 0);
    for (std::size_t i = 0; i < 4; ++i)
      out.push_back(i <= count ? kDigits[group >> (18 - 6 * i) & 63] : '=');
  }
  return out;
}

Result<Bytes> base64_decode(std::string_view text) {
  if (text.size() % 4 != 0)
    return fail(Code::InvalidArgument, "base64 text has a length that is no multiple of 4");
  const std::string_view digits = text.substr(0, text.size() - padding_of(text));
  Bytes out;
  out.reserve(digits.size() / 4 * 3 + 2);
  std::uint32_t pending = 0;  // the low `bits` bits are still to be written
  unsigned bits = 0;
  for (const char c : digits) {
    const std::uint8_t value = kValues[static_cast<std::uint8_t>(c)];
    if (value == kNoDigit)
      return fail(Code::InvalidArgument, "base64 text may hold only A-Z, a-z, 0-9, + and /");
    pending = pending << 6 | value;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    out.push_back(static_cast<std::uint8_t>(pending >> bits));
    pending &= (1U << bits) - 1;
  }
  if (pending != 0)
    return fail(Code::InvalidArgument, "base64 text ends in bits that belong to no byte");
  return out;
}

}  // namespace tegula

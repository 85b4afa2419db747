#include "base/hex.h"

#include <algorithm>

namespace tegula {
namespace {

constexpr std::string_view kDigits = "0123456789abcdef";

int nibble(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

}  // namespace

std::string hex_encode(ByteView bytes) {
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const std::uint8_t byte : bytes) {
    out.push_back(kDigits[byte >> 4]);
    out.push_back(kDigits[byte & 15]);
  }
  return out;
}

Result<Bytes> hex_decode(std::string_view text) {
  if (text.size() % 2 != 0) return fail(Code::InvalidArgument, "hexadecimal text has odd length");
  if (!is_lower_hex(text))
    return fail(Code::InvalidArgument, "hexadecimal text may hold only 0-9 and a-f");
  Bytes out;
  out.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2)
    out.push_back(static_cast<std::uint8_t>(nibble(text[i]) << 4 | nibble(text[i + 1])));
  return out;
}

bool is_lower_hex(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return nibble(c) >= 0; });
}

}  // namespace tegula

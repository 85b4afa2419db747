#include "attest/der.h"

namespace tegula::attest {
namespace {

constexpr std::size_t kLengthBytesMax = 3;  // no certificate has 16 MiB

// Takes the length; DER has one spelling of each.
std::optional<std::size_t> take_length(ByteView& der) {
  if (der.empty()) return std::nullopt;
  const std::uint8_t first = der[0];
  der = der.subspan(1);
  if (first < 0x80) return first;
  const std::size_t count = first & 0x7F;
  if (count == 0 || count > kLengthBytesMax || der.size() < count || der[0] == 0)
    return std::nullopt;
  std::size_t out = 0;
  for (const std::uint8_t byte : der.first(count)) out = out << 8 | byte;
  der = der.subspan(count);
  return out < 0x80 ? std::nullopt : std::optional(out);
}

}  // namespace

std::optional<ByteView> der_content(std::uint8_t tag, ByteView der) {
  if (der.empty() || der[0] != tag) return std::nullopt;
  der = der.subspan(1);
  const auto length = take_length(der);
  if (!length || *length != der.size()) return std::nullopt;
  return der;
}

}  // namespace tegula::attest

#include "content/digest.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/hex.h"
#include "base/printable.h"

namespace tegula::content {
namespace {

constexpr std::string_view kPrefix = "sha256:";
constexpr std::size_t kHexChars = 2 * sizeof(crypto::Hash256);

}  // namespace

Result<crypto::Hash256> parse_hash(std::string_view hex) {
  if (hex.size() != kHexChars)
    return fail(Code::InvalidArgument,
                fmt::format("expected {} hexadecimal characters, got {}", kHexChars, hex.size()));
  if (!is_lower_hex(hex))
    return fail(Code::InvalidArgument, "expected only the characters 0-9 and a-f",
                "digests are written in lower case");
  const Bytes bytes = TRY(hex_decode(hex));
  crypto::Hash256 hash;
  std::ranges::copy(bytes, hash.begin());
  return hash;
}

Result<Digest> Digest::parse(std::string_view text) {
  if (!text.starts_with(kPrefix))
    return fail(Code::InvalidArgument,
                fmt::format("digest \"{}\": expected \"sha256:\" and 64 hexadecimal characters",
                            printable(text)));
  return Digest(
      TRY(parse_hash(text.substr(kPrefix.size())), fmt::format("digest \"{}\"", printable(text))));
}

Result<Digest> Digest::from_hex(std::string_view hex) { return Digest(TRY(parse_hash(hex))); }

std::string Digest::str() const { return std::string(kPrefix) + hex(); }

std::string Digest::hex() const { return hex_encode(hash_); }

std::string short_form(const Digest& digest) {
  return fmt::format("{}{}…", kPrefix, digest.hex().substr(0, 12));
}

}  // namespace tegula::content

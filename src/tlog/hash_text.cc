#include "tlog/hash_text.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/base64.h"
#include "base/printable.h"

namespace tegula::tlog {

Result<Hash256> parse_hash(std::string_view base64) {
  const auto bytes = base64_decode(base64);
  Hash256 hash;
  if (!bytes || bytes->size() != hash.size())
    return fail(Code::Corrupt, fmt::format("expected a hash of 32 bytes in base64, got \"{}\"",
                                           printable(base64)));
  std::ranges::copy(*bytes, hash.begin());
  return hash;
}

std::string hash_text(const Hash256& hash) { return base64_encode(hash); }

}  // namespace tegula::tlog

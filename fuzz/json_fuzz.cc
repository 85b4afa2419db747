// JSON: what parses and has a canonical form must parse to the same canonical form again.
#include "base/bytes.h"
#include "base/check.h"
#include "codec/json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace codec = tegula::codec;
  const auto value = codec::parse_json(tegula::text_of({data, size}));
  if (!value) return 0;
  const auto once = codec::canonical_json(*value);
  if (!once) return 0;
  const auto again = codec::parse_json(*once);
  CHECK(again && codec::canonical_json(*again) == *once);
  return 0;
}

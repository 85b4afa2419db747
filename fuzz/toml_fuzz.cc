// TOML: whatever is accepted can be held as JSON, and every value has a place.
#include "base/bytes.h"
#include "base/check.h"
#include "codec/toml.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace codec = tegula::codec;
  const auto toml = codec::parse_toml(tegula::text_of({data, size}));
  if (!toml) return 0;
  const codec::Json flat = toml->root.flatten();
  for (const auto& [pointer, value] : flat.items()) CHECK(toml->places.contains(pointer));
  CHECK(codec::parse_json(toml->root.dump()).value() == toml->root);
  return 0;
}

// Trusted roots: what is written of one parses to the same.
#include "attest/trusted_root.h"
#include "base/check.h"

using namespace tegula::attest;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto root = parse_trusted_root(tegula::text_of({data, size}));
  if (!root) return 0;
  if (const auto again = encode(*root)) CHECK(parse_trusted_root(*again).value() == *root);
  return 0;
}

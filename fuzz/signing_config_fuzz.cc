// Signing configurations: what is written of one parses to the same.
#include "attest/signing_config.h"
#include "base/bytes.h"
#include "base/check.h"

using namespace tegula::attest;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto config = parse_signing_config(tegula::text_of({data, size}));
  if (config) CHECK(parse_signing_config(encode(*config).value()).value() == *config);
  return 0;
}

// A log's config.json: what parses is written and read again as the same.
#include "base/bytes.h"
#include "base/check.h"
#include "logserver/log_config.h"

using namespace tegula::logserver;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto config = parse_log_config(tegula::text_of({data, size}));
  if (config) CHECK(parse_log_config(encode(*config)).value() == *config);
  return 0;
}

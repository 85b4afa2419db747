// Requests to a Rekor log: whatever is taken has a signature that holds, and becomes an entry that
// fits.
#include "base/check.h"
#include "base/limits.h"
#include "logserver/hashed_rekord.h"

using namespace tegula::logserver;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto rekord = parse_rekor_request(tegula::text_of({data, size}));
  if (rekord) CHECK(entry_of(*rekord).size() <= 2 * tegula::limits::kRekorRequestBytesMax);
  return 0;
}

// Requests to a witness: what parses prints as it was.
#include "base/check.h"
#include "logserver/cosign_request.h"

using namespace tegula::logserver;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = tegula::text_of({data, size});
  if (const auto request = parse_cosign_request(text)) CHECK(encode(*request) == text);
  return 0;
}

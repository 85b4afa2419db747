// Requests to a Rekor log: whatever is taken has a signature that holds, and its entry is read back
// as what it was. Entries print as they were.
#include "base/bytes.h"
#include "base/check.h"
#include "logserver/hashed_rekord.h"

using namespace tegula::logserver;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = tegula::text_of({data, size});
  if (const auto rekord = parse_rekor_request(text))
    CHECK(parse_rekord_entry(entry_of(*rekord)).value() == *rekord);
  if (const auto entry = parse_rekord_entry(text)) CHECK(entry_of(*entry) == text);
  return 0;
}

// The store's own small files: a tag file prints as it was; so does an entry of the identity cache.
#include "base/check.h"
#include "content/external_blob.h"
#include "content/identity_cache.h"
#include "content/tag_file.h"

using namespace tegula::content;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = tegula::text_of({data, size});
  if (const auto history = parse_tag_file(text)) CHECK(encode(*history) == text);
  if (const auto entry = parse_checked_file(text))
    CHECK(parse_checked_file(encode(*entry)).value() == *entry);
  if (const auto blob = parse_external_blob(text); blob && encode(*blob))
    CHECK(parse_external_blob(encode(*blob).value()).value() == *blob);
  return 0;
}

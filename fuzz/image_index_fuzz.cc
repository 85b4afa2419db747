// Image indexes: what parses prints as something that parses to the same.
#include "base/bytes.h"
#include "base/check.h"
#include "content/image_index.h"

using namespace tegula::content;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto index = ImageIndex::parse(tegula::text_of({data, size}));
  if (index) CHECK(ImageIndex::parse(encode(*index).value()).value() == *index);
  return 0;
}

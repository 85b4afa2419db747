// Image manifests of any kind: what parses and may be written prints as the same.
#include "base/bytes.h"
#include "base/check.h"
#include "content/image_manifest.h"

using namespace tegula::content;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto manifest = ImageManifest::parse(tegula::text_of({data, size}));
  if (!manifest) return 0;
  if (const auto json = encode(*manifest)) CHECK(ImageManifest::parse(*json).value() == *manifest);
  return 0;
}

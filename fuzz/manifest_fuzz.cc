// Manifests, with the digests and descriptors in them: what parses prints as something that parses
// to the same, and its files stay in their folder.
#include "base/check.h"
#include "content/layer.h"
#include "content/manifest.h"

using namespace tegula::content;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto manifest = Manifest::parse(tegula::text_of({data, size}));
  if (!manifest) return 0;
  CHECK(Manifest::parse(encode(*manifest).value()).value() == *manifest);
  for (const Descriptor* blob : blobs_of(*manifest))
    CHECK(Digest::parse(blob->digest.str()).value() == blob->digest);
  for (const Descriptor& layer : manifest->layers) {
    CHECK(!file_path(layer).empty() && file_path(layer)[0] != '/');
    CHECK(file_path(layer) != ".." && file_path(layer).find("../") != 0);
  }
  return 0;
}

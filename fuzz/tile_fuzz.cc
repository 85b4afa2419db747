// Paths of tiles and bundles print as they were; so do a bundle's entries. The first byte says how
// many there should be.
#include "base/check.h"
#include "tlog/tile.h"

using namespace tegula::tlog;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const tegula::ByteView bytes(data, size);
  const std::string_view text = tegula::text_of(bytes);
  if (const auto tile = parse_tile_path(text)) CHECK(path_of(*tile) == text);
  if (const auto bundle = parse_bundle_path(text)) CHECK(path_of(*bundle) == text);
  if (bytes.empty()) return 0;
  const std::uint32_t width = bytes[0] + 1U;
  if (const auto hashes = parse_tile(bytes.subspan(1), width))
    CHECK(tegula::text_of(encode_tile(*hashes)) == text.substr(1));
  if (const auto entries = parse_bundle(bytes.subspan(1), width)) {
    tegula::Bytes again;
    for (const tegula::ByteView entry : *entries) CHECK(append_entry(again, entry));
    CHECK(entries->size() == width && tegula::text_of(again) == text.substr(1));
  }
  return 0;
}

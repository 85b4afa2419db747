// References: what parses prints as it was, and its files stay in the store.
#include "base/check.h"
#include "content/layout.h"

using namespace tegula::content;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = tegula::text_of({data, size});
  const auto reference = Reference::parse(text);
  if (!reference) return 0;
  CHECK(reference->str() == text);
  CHECK(Reference::parse(reference->str()).value() == *reference);
  const Layout layout("/store");
  for (const tegula::os::Path& path : {layout.tag_file(*reference), layout.readable(*reference)}) {
    CHECK(path == path.lexically_normal());
    CHECK(path.native().starts_with("/store/"));
  }
  return 0;
}

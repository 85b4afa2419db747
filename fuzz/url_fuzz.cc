// URLs: what parses prints as a URL that is the same, and what it resolves stays one.
#include "base/bytes.h"
#include "base/check.h"
#include "net/url.h"

using tegula::net::Url;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = tegula::text_of({data, size});
  if (const auto url = Url::parse(text)) {
    CHECK(Url::parse(url->str()).value() == *url);
    CHECK(Url::parse(url->origin()).value().origin() == url->origin());
  }
  const Url base = Url::parse("https://example.org/a/b?c").value();
  const auto resolved = base.resolve(text);
  if (resolved) CHECK(Url::parse(resolved->str()).value() == *resolved);
  return 0;
}

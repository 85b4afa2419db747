// UTF-8 and hexadecimal: what decodes must encode to the same bytes.
#include "base/check.h"
#include "base/hex.h"
#include "base/utf8.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const tegula::ByteView bytes{data, size};
  std::string again;
  for (std::string_view rest = tegula::text_of(bytes); !rest.empty();) {
    const tegula::CodePoint point = tegula::utf8_next(rest);
    if (point.valid) tegula::utf8_append(again, point.value);
    rest.remove_prefix(point.bytes);
  }
  CHECK(tegula::is_utf8(again));
  CHECK(again == tegula::text_of(bytes) || !tegula::is_utf8(tegula::text_of(bytes)));
  CHECK(tegula::hex_decode(tegula::hex_encode(bytes)).value() == tegula::Bytes(data, data + size));
  return 0;
}

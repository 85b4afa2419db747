// UTF-8, hexadecimal, base64: what decodes must encode to the same bytes.
#include "base/base64.h"
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
  CHECK(tegula::base64_decode(tegula::base64_encode(bytes)).value() ==
        tegula::Bytes(data, data + size));
  if (const auto decoded = tegula::base64_decode(tegula::text_of(bytes)))
    CHECK(tegula::base64_encode(*decoded) == tegula::text_of(bytes));
  return 0;
}

// UTF-8 (RFC 3629): strict decoding of one code point at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tegula {

struct CodePoint {
  char32_t value = 0xFFFD;
  std::size_t bytes = 1;  // how many bytes were read
  bool valid = false;     // false: the bytes were not UTF-8 and value is U+FFFD
};

// The code point at the start of `text`, which must not be empty. Overlong forms, surrogates and
// values over U+10FFFF are invalid and consume one byte.
CodePoint utf8_next(std::string_view text);

void utf8_append(std::string& out, char32_t value);

bool is_utf8(std::string_view text);

}  // namespace tegula

// CHECK states what must be true. It is for our own bugs, never for outside input, and is always
// on.
#pragma once

namespace tegula::detail {
[[noreturn]] void check_failed(const char* what, const char* file, int line);
}

#define CHECK(condition)                                              \
  do {                                                                \
    if (!(condition)) [[unlikely]]                                    \
      ::tegula::detail::check_failed(#condition, __FILE__, __LINE__); \
  } while (false)

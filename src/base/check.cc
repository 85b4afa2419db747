#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace tegula::detail {

void check_failed(const char* what, const char* file, int line) {
  std::fprintf(stderr, "tegula: bug: %s does not hold at %s:%d\n", what, file, line);
  std::abort();
}

}  // namespace tegula::detail

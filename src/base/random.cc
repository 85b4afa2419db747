#include "base/random.h"

#include <sys/random.h>

#include <fmt/format.h>

#include "base/check.h"

namespace tegula {

std::uint64_t SystemRandom::next() {
  std::uint64_t value = 0;
  CHECK(getrandom(&value, sizeof value, 0) == sizeof value);
  return value;
}

std::string random_name(Random& random) {
  return fmt::format("{:016x}{:016x}", random.next(), random.next());
}

}  // namespace tegula

// Rows of one tensor of several, which lie one behind the other.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tegula::tensor {

struct RowRange {
  std::size_t tensor = 0;
  std::uint64_t first = 0;
  std::uint64_t count = 0;
};

}  // namespace tegula::tensor

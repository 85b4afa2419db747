// A matrix turned around. Inside of this folder only.
#pragma once

#include <cstdint>
#include <vector>

namespace tegula::tensor {

// `from` has so many rows and columns, row by row.
inline std::vector<float> transposed(const std::vector<float>& from, std::uint64_t rows,
                                     std::uint64_t columns) {
  std::vector<float> to(from.size());
  for (std::uint64_t r = 0; r < rows; ++r)
    for (std::uint64_t c = 0; c < columns; ++c) to[c * rows + r] = from[r * columns + c];
  return to;
}

}  // namespace tegula::tensor

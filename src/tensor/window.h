// Reads forward through a ByteSource by way of a buffer. Inside of this folder only.
//
// Errors: Corrupt where the source ends too soon, Unsupported past `bytes_max`; both say where.
// Thread rule: one thread at a time.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "tensor/byte_source.h"

namespace tegula::tensor {

inline constexpr std::string_view kCutShortHint =
    "the file is cut short or damaged; copy or download it again";

// Little-endian numbers, from at least 4 or 8 bytes.
std::uint32_t load_u32(ByteView bytes);
std::uint64_t load_u64(ByteView bytes);

class Window {
 public:
  // Reads from `offset` on, and gives out no byte at or after `bytes_max`.
  Window(const ByteSource& source, std::uint64_t offset, std::uint64_t bytes_max);

  std::uint64_t offset() const { return start_ + used_; }
  std::uint64_t remaining() const { return size_ - offset(); }

  // The next `count` bytes, valid until the next call. The caller bounds `count`: it is allocated.
  Result<ByteView> take(std::uint64_t count);
  Result<void> skip(std::uint64_t count);
  Result<std::uint32_t> u32();
  Result<std::uint64_t> u64();

 private:
  Result<void> need(std::uint64_t count) const;
  Result<void> fill(std::uint64_t count);

  const ByteSource& source_;
  std::uint64_t size_;
  std::uint64_t bytes_max_;
  std::uint64_t start_;     // of the buffer, in the source
  std::size_t used_ = 0;    // of the buffer
  std::size_t filled_ = 0;  // of the buffer
  Bytes buffer_;
};

}  // namespace tegula::tensor

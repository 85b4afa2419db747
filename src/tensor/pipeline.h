// Makes the parts of a file on all cores and hands them on in their order, with few in memory.
//
// Errors: the first in the order of the parts, so that the same input fails in the same way with
// any number of threads; Cancelled through the Stop.
// Thread rule: called from one thread, which also calls `take`; `make` is called from many.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "base/stop.h"

namespace tegula::tensor {

// Where the bytes of a file go, in order.
class ByteSink {
 public:
  virtual ~ByteSink() = default;
  virtual Result<void> append(ByteView bytes) = 0;
};

// Keeps them. For tests and small files.
class BytesSink final : public ByteSink {
 public:
  Result<void> append(ByteView bytes) override;
  const Bytes& bytes() const { return bytes_; }

 private:
  Bytes bytes_;
};

// Where the files of a folder go, one after the other.
class FolderSink : public ByteSink {
 public:
  virtual Result<void> begin(std::string_view name) = 0;
  virtual Result<void> end() = 0;

  // A whole file.
  Result<void> put(std::string_view name, std::string_view text);
};

// Calls make(0, …) to make(count - 1, …), each filling the buffer it is given (empty, perhaps with
// capacity), and take() with each result in that order. At most two buffers a thread are in use.
// `threads` 0 means one for each processor.
using MakePart = std::function<Result<void>(std::uint64_t index, Bytes& into)>;
using TakePart = std::function<Result<void>(std::uint64_t index, ByteView part)>;
Result<void> make_in_order(std::uint64_t count, std::size_t threads, const MakePart& make,
                           const TakePart& take, const Stop& stop);

}  // namespace tegula::tensor

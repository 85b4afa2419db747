// Writes the tensors of a GGUF file in the types of a FileType, wherever their values come from.
// Inside of this folder only; gguf_conversion.h and gguf_quantisation.h are the ways in.
//
// Tensor data streams: a part of a tensor is read, converted and quantised by one thread while
// others are at the next ones, and parts are written in order. Working memory is a few buffers a
// thread, at most 64 MiB in all, whatever the size of the model. The bytes do not depend on the
// number of threads.
//
// Errors: those of quantise(), naming the tensor, its row and column; InvalidArgument where
// importance is missing; of reading and of the sink.
// Thread rule: one call from one thread; it starts others, which call TensorRows.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/progress.h"
#include "base/stop.h"
#include "tensor/file_type.h"
#include "tensor/gguf_writer.h"
#include "tensor/importance.h"
#include "tensor/pipeline.h"
#include "tensor/row_range.h"

namespace tegula::tensor {

// A tensor of the file to be.
struct GgufShape {
  std::string name;
  std::vector<std::uint64_t> shape;  // the row first

  std::uint64_t rows() const { return shape.size() < 2 ? 1 : shape[1] * others(); }

 private:
  std::uint64_t others() const {
    std::uint64_t out = 1;
    for (std::size_t i = 2; i < shape.size(); ++i) out *= shape[i];
    return out;
  }
};

// Where the values come from.
class TensorRows {
 public:
  virtual ~TensorRows() = default;

  virtual std::span<const GgufShape> tensors() const = 0;  // in the file's order

  // The type that copy() gives; empty if the values are computed.
  virtual std::optional<DType> stored_type(std::size_t tensor) const = 0;

  virtual Result<void> copy(const RowRange& rows, std::span<std::uint8_t> into) const = 0;
  virtual Result<void> floats(const RowRange& rows, std::span<float> into) const = 0;
};

struct WritingOptions {
  FileType file_type;
  MixModel mix;  // `importance` is set by what follows
  const ImportanceMatrix* importance = nullptr;
  std::size_t threads = 0;  // 0: one for each processor
};

// What the file will be, before a byte of it is written.
struct GgufLayout {
  Bytes header;
  std::vector<DType> types;             // of the tensors
  std::vector<std::uint64_t> paddings;  // after each
  std::uint64_t data_bytes = 0;         // paddings included
};

// `writer` has the metadata but for what says how the tensors are written.
Result<GgufLayout> layout_tensors(const TensorRows& rows, const WritingOptions& options,
                                  GgufWriter writer);

Result<void> write_tensors(const TensorRows& rows, const WritingOptions& options,
                           const GgufLayout& layout, ByteSink& sink, Progress& progress,
                           const Stop& stop);

}  // namespace tegula::tensor

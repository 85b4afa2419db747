// Writes the GGUF file of a Hugging Face model (docs/reference/conversion.md).
//
// Tensor data streams: a part of a tensor is read, converted and quantised by one thread while
// others are at the next ones, and parts are written in order. Working memory is a few buffers a
// thread, at most 64 MiB in all, whatever the size of the model. The bytes do not depend on the
// number of threads.
//
// Errors: those of quantise(), naming the tensor, its row and column; of reading and of the sink.
// Thread rule: one call from one thread; it starts others.
#pragma once

#include <string>
#include <vector>

#include "base/progress.h"
#include "base/stop.h"
#include "tensor/hf_model.h"
#include "tensor/importance.h"
#include "tensor/pipeline.h"

namespace tegula::tensor {

struct GgufOptions {
  FileType file_type;
  std::string name;                              // general.name; empty: not written
  const ImportanceMatrix* importance = nullptr;  // null: none
  std::size_t threads = 0;                       // 0: one for each processor
};

// What the file will be, before a byte of it is written.
struct GgufLayout {
  Bytes header;
  std::vector<DType> types;             // of HfModel::plan()
  std::vector<std::uint64_t> paddings;  // after each
  std::uint64_t data_bytes = 0;         // paddings included
};
Result<GgufLayout> layout_gguf(const HfModel& model, const GgufOptions& options);

Result<void> write_gguf(const HfModel& model, const GgufOptions& options, ByteSink& sink,
                        Progress& progress, const Stop& stop);

}  // namespace tegula::tensor

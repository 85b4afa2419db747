// Quantises a GGUF file of floats, as llama-quantize does: the metadata stays, the tensors get the
// types of a FileType. Streams as gguf_writing.h says.
//
// Errors: Unsupported, by name, for an architecture whose mixtures of types are not known here and
// for tensors that are quantised already; those of gguf_writing.h.
// Thread rule: one call from one thread; it starts others.
#pragma once

#include "base/progress.h"
#include "base/stop.h"
#include "tensor/file_type.h"
#include "tensor/gguf.h"
#include "tensor/importance.h"
#include "tensor/pipeline.h"

namespace tegula::tensor {

struct QuantisationOptions {
  FileType file_type;
  const ImportanceMatrix* importance = nullptr;  // null: none
  std::size_t threads = 0;                       // 0: one for each processor
};

// `gguf` is the header of `source`.
Result<void> quantise_gguf(const Gguf& gguf, const ByteSource& source,
                           const QuantisationOptions& options, ByteSink& sink, Progress& progress,
                           const Stop& stop);

}  // namespace tegula::tensor

// Writes the GGUF file of a Hugging Face model (docs/reference/conversion.md), streaming as
// gguf_writing.h says.
//
// Errors: those of gguf_writing.h. Thread rule: one call from one thread; it starts others.
#pragma once

#include <string>

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

Result<void> write_gguf(const HfModel& model, const GgufOptions& options, ByteSink& sink,
                        Progress& progress, const Stop& stop);

}  // namespace tegula::tensor

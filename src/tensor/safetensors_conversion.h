// Writes a Hugging Face model as safetensors: as it is, in another float type, or quantised for MLX
// (docs/reference/mlx.md).
//
// Streams as gguf_conversion.h does. A quantised weight is computed once for its codes, and its
// scales twice more, since they lie elsewhere in the file: that costs less than keeping them.
//
// Errors: those of the source; Unsupported for a model that MLX has in another form; Corrupt for
// weights that are not finite, or that the type cannot hold, naming tensor and row; of the sink.
// Thread rule: one call from one thread; it starts others.
#pragma once

#include <cstdint>
#include <optional>

#include "base/progress.h"
#include "base/stop.h"
#include "tensor/hf_source.h"
#include "tensor/mlx_affine.h"
#include "tensor/pipeline.h"
#include "tensor/safetensors.h"

namespace tegula::tensor {

inline constexpr std::uint64_t kShardBytes = 5'000'000'000;

struct SafetensorsOptions {
  std::optional<SafetensorsType> dtype;  // F32, F16 or BF16; of all floats. Empty: as they are
  std::optional<MlxFormat> mlx;          // quantise, in MLX's form
  std::uint64_t shard_bytes = kShardBytes;
  std::size_t threads = 0;  // 0: one for each processor
};

// The tensor files, their index, config.json, and the other files as the source has them.
Result<void> write_safetensors(const HfSource& source, const SafetensorsOptions& options,
                               FolderSink& sink, Progress& progress, const Stop& stop);

}  // namespace tegula::tensor

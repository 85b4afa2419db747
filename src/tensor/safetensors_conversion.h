// Writes a Hugging Face model as safetensors again: in another float type, or quantised for MLX
// (docs/reference/mlx.md).
//
// Streams as gguf_conversion.h does. A quantised weight is computed once for its codes, and its
// scales twice more, since they lie elsewhere in the file: that costs less than keeping them.
//
// Errors: those of the readers; Unsupported for a model that MLX has in another form; Corrupt for
// weights that are not finite, naming tensor and row; of the sink.
// Thread rule: one call from one thread; it starts others.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/progress.h"
#include "base/stop.h"
#include "os/file_system.h"
#include "tensor/mlx_affine.h"
#include "tensor/pipeline.h"
#include "tensor/safetensors_set.h"

namespace tegula::tensor {

// Where the files of a folder go, one after the other.
class FolderSink : public ByteSink {
 public:
  virtual Result<void> begin(std::string_view name) = 0;  // ends the file before
  virtual Result<void> end() = 0;
};

inline constexpr std::uint64_t kShardBytes = 5'000'000'000;

struct SafetensorsOptions {
  std::optional<SafetensorsType> dtype;  // F32, F16 or BF16; of all floats. Empty: as they are
  std::optional<MlxFormat> mlx;          // quantise, in MLX's form
  std::uint64_t shard_bytes = kShardBytes;
  std::size_t threads = 0;  // 0: one for each processor
};

// The tensor files, their index, config.json, and the tokenizer's files as they are.
Result<void> write_safetensors(const os::FileSystem& fs, const os::Path& folder,
                               const SafetensorsOptions& options, FolderSink& sink,
                               Progress& progress, const Stop& stop);

}  // namespace tegula::tensor

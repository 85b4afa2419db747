// A Hugging Face model that is to be written, wherever it comes from: a folder (hf_folder.h), or a
// GGUF file (gguf_model.h).
//
// Errors: of reading; Corrupt for values that have no meaning. Each names the tensor.
// Thread rule: const access from any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "codec/json.h"
#include "tensor/mlx_affine.h"
#include "tensor/pipeline.h"
#include "tensor/row_range.h"
#include "tensor/safetensors.h"

namespace tegula::tensor {

// A tensor of the model.
struct HfSourceTensor {
  std::string name;
  SafetensorsType type = SafetensorsType::F32;  // without another being asked for
  std::vector<std::uint64_t> shape;             // the row last; none: one element
  bool stored = true;  // copy() gives it in this type; otherwise floats() alone has it
};

class HfSource {
 public:
  virtual ~HfSource() = default;

  virtual const codec::Json& config() const = 0;                // config.json, an object
  virtual std::span<const HfSourceTensor> tensors() const = 0;  // by name

  // Rows that begin and end with a byte.
  virtual Result<void> copy(const RowRange& rows, std::span<std::uint8_t> into) const = 0;
  virtual Result<void> floats(const RowRange& rows, std::span<float> into) const = 0;

  // Groups as the tensor has them, without their codes if there is no room for any; false where it
  // is not quantised in this very format.
  virtual Result<bool> groups(const RowRange& rows, MlxFormat format,
                              const MlxGroups& into) const = 0;

  // The files beside config.json and the tensors.
  virtual Result<void> write_others(FolderSink& sink) const = 0;
};

}  // namespace tegula::tensor

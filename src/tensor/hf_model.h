// A model in a Hugging Face folder: config.json, safetensors and tokenizer, checked against each
// other, and the tensors that its GGUF file has (docs/reference/conversion.md).
//
// Errors: those of the readers; Corrupt for a tensor that is missing or has another shape than
// config.json says, Unsupported for one that has no place in the GGUF file. Each names the tensor.
// Thread rule: const access from any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "os/file_system.h"
#include "tensor/file_type.h"
#include "tensor/gguf_writer.h"
#include "tensor/hf_config.h"
#include "tensor/hf_source.h"
#include "tensor/safetensors_set.h"
#include "tensor/tokenizer.h"

namespace tegula::tensor {

// A tensor of a GGUF file and where its values come from.
struct GgufPlan {
  std::string name;
  std::vector<std::uint64_t> shape;   // the row first
  const ShardTensor* from = nullptr;  // null: `values`
  std::vector<float> values;          // F32
  std::uint64_t rotary_heads = 0;     // rows are reordered within so many heads; 0: as they are
  float added = 0;                    // to each value

  std::uint64_t rows() const { return shape.size() < 2 ? 1 : shape[1]; }
};

class HfModel {
 public:
  static Result<HfModel> open(const os::FileSystem& fs, const os::Path& folder);

  const HfConfig& config() const { return config_; }
  const SafetensorsSet& tensors() const { return tensors_; }
  const Tokenizer& tokenizer() const { return tokenizer_; }

  // In the file's order: embedding, layers, output.
  const std::vector<GgufPlan>& plan() const { return plan_; }

 private:
  HfConfig config_;
  SafetensorsSet tensors_;
  Tokenizer tokenizer_;
  std::vector<GgufPlan> plan_;
};

// The tensors of the GGUF file, all accounted for. Borrows from `tensors`.
Result<std::vector<GgufPlan>> plan_gguf(const HfConfig& config, const SafetensorsSet& tensors);

// Whether these are the tensors of such a model, of which those that are computed or tied may be
// there: as plan_gguf() says of a folder's. Names are those of a text model that stands alone.
Result<void> check_tensors(const HfConfig& config, std::span<const HfSourceTensor> tensors);

// A matrix that a model of this configuration has, under both names.
struct HfMatrix {
  std::string hf;    // "model.layers.0.self_attn.q_proj.weight"
  std::string gguf;  // "blk.0.attn_q.weight"
  std::uint64_t rows = 0;
  std::uint64_t columns = 0;
  std::uint64_t rotary_heads = 0;  // as in GgufPlan
};
std::vector<HfMatrix> hf_matrices(const HfConfig& config);

// Everything of the metadata but the tokenizer and general.*.
void write_parameters(const HfConfig& config, GgufWriter& writer);

}  // namespace tegula::tensor

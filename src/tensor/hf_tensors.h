// The tensors that models of the converted architectures have, under Hugging Face's names and under
// GGUF's: one table, read in both directions (docs/reference/conversion.md#tensors).
//
// Thread rule: pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tensor/hf_config.h"

namespace tegula::tensor {

// A tensor that a model of one configuration has or may have.
struct HfTensor {
  std::string hf;                    // "model.layers.0.self_attn.q_proj.weight"
  std::string gguf;                  // "blk.0.attn_q.weight"
  std::vector<std::uint64_t> shape;  // the row last, as in safetensors
  bool required = false;
  std::uint64_t rotary_heads = 0;  // GGUF has rows reordered within so many heads; 0: as they are
  float added = 0;                 // to each value in GGUF
};

// In GGUF's order: embedding, layers, output. Names are those of a text model that stands alone.
std::vector<HfTensor> hf_tensors(const HfConfig& config);

// Where row `row` of a GGUF tensor whose rows are heads lies in the Hugging Face model, for llama's
// rotary positions: GGUF pairs neighbours, Hugging Face the two halves of a head.
std::uint64_t rotary_source_row(std::uint64_t row, std::uint64_t rows, std::uint64_t heads);

// The reverse: where the Hugging Face model's row lies in the GGUF tensor.
std::uint64_t rotary_target_row(std::uint64_t row, std::uint64_t rows, std::uint64_t heads);

}  // namespace tegula::tensor

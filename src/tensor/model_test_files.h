// Small models, adapters and vocabularies for the tests of this folder.
#pragma once

#include <string>
#include <vector>

#include "tensor/gguf_writer.h"

namespace tegula::tensor {

inline std::vector<std::string> numbered_tokens(std::size_t count) {
  std::vector<std::string> tokens;
  for (std::size_t i = 0; i < count; ++i) tokens.push_back("t" + std::to_string(i));
  return tokens;
}

inline void add(GgufWriter& writer, std::string_view name, DType type,
                std::vector<std::uint64_t> shape) {
  writer.add_tensor(name, type, shape);
}

inline void set_llama(GgufWriter& writer, std::uint32_t layers = 2) {
  writer.set_text("general.architecture", "llama");
  writer.set_u32("llama.context_length", 2048);
  writer.set_u32("llama.embedding_length", 64);
  writer.set_u32("llama.block_count", layers);
  writer.set_text("tokenizer.ggml.model", "llama");
}

inline void set_tokens(GgufWriter& writer, std::size_t count = 10) {
  writer.set_texts("tokenizer.ggml.tokens", numbered_tokens(count));
}

inline void add_weights(GgufWriter& writer) {
  add(writer, "token_embd.weight", DType::Q8_0, {64, 10});
  add(writer, "blk.0.attn_q.weight", DType::Q8_0, {64, 32});
  add(writer, "output_norm.weight", DType::F32, {64});
}

inline void set_lora(GgufWriter& writer) {
  writer.set_text("general.type", "adapter");
  writer.set_text("general.architecture", "llama");
  writer.set_text("adapter.type", "lora");
  writer.set_f32("adapter.lora.alpha", 16);
}

}  // namespace tegula::tensor

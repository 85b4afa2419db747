// What people and the memory estimate want to know of a checked model file.
//
// Thread rule: values and pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tensor/gguf.h"
#include "tensor/model_check.h"

namespace tegula::tensor {

// Attention of one layer, as far as the KV cache is concerned.
struct LayerInfo {
  std::uint64_t heads = 0;
  std::uint64_t kv_heads = 0;      // that the layer caches; 0: no attention, or another's cache
  std::uint64_t key_length = 0;    // elements a head
  std::uint64_t value_length = 0;  // elements a head
  bool sliding = false;            // sees only the last sliding_window positions
};

struct TypeTotal {
  DType type = DType::F32;
  std::uint64_t tensors = 0;
  std::uint64_t elements = 0;
  std::uint64_t bytes = 0;
};

struct ModelInfo {
  ModelFileKind kind = ModelFileKind::Model;
  std::string architecture;
  std::string name;          // general.name; may be empty
  std::string quantization;  // "Q4_K_M": what general.file_type says, or else the dominant type
  DType dominant_type = DType::F32;  // of most elements
  std::vector<TypeTotal> types;      // most elements first
  std::uint64_t parameters = 0;
  std::uint64_t tensor_bytes = 0;
  std::uint64_t tensor_count = 0;

  // 0 where the file does not say; adapters and projectors have none of these.
  std::uint64_t context_length = 0;
  std::uint64_t embedding_length = 0;
  std::uint64_t feed_forward_length = 0;  // the largest of any layer
  std::uint64_t heads = 0;                // the most of any layer
  std::uint64_t kv_heads = 0;             // the most of any layer
  std::uint64_t vocabulary = 0;
  std::uint64_t experts = 0;
  std::uint64_t experts_used = 0;
  std::uint64_t sliding_window = 0;
  std::vector<LayerInfo> layers;
  bool recurrent = false;  // state-space layers: part of the state does not grow with context
  bool pooled = false;     // gives embeddings rather than text

  std::string tokenizer;      // "llama", "gpt2", …
  std::string chat_template;  // Jinja; may be empty
  std::string license;        // general.license; may be empty
  std::optional<double> adapter_alpha;
  std::uint64_t adapter_rank = 0;
};

// Of a file that check_model_file() accepted as this kind.
ModelInfo model_info(const Gguf& gguf, ModelFileKind kind);

// "1.5M", "6.7B", "7B": at most one decimal and one of K M B T Q, as the ModelPack configuration
// spells parameter counts.
std::string parameters_text(std::uint64_t parameters);

}  // namespace tegula::tensor

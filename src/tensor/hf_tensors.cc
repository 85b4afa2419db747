#include "tensor/hf_tensors.h"

#include <array>

#include <fmt/format.h>

namespace tegula::tensor {
namespace {

// Sizes that shapes are made of.
enum class Size {
  None,  // no such dimension
  One,
  Hidden,
  Vocabulary,
  Queries,  // heads * size of a head
  KeysValues,
  Head,
  FeedForward,
  PerLayer,
  PerLayerAll,  // of all layers
  PerLayerVocabulary,
};

enum class Fix { None, RotaryQuery, RotaryKey, Norm };

// Sets of families, as bits.
constexpr unsigned bit(HfFamily family) { return 1U << static_cast<unsigned>(family); }
constexpr unsigned kLlama = bit(HfFamily::Llama) | bit(HfFamily::Mistral);
constexpr unsigned kQwen2 = bit(HfFamily::Qwen2);
constexpr unsigned kQwen3 = bit(HfFamily::Qwen3);
constexpr unsigned kGemma4 = bit(HfFamily::Gemma4);
constexpr unsigned kGemma = bit(HfFamily::Gemma3) | kGemma4;
constexpr unsigned kAll = kLlama | kQwen2 | kQwen3 | kGemma;

// One tensor of the model, or of each layer. `rows` is None for vectors.
struct Row {
  std::string_view hf;
  std::string_view gguf;
  Size rows;
  Size columns;
  unsigned required;  // families
  unsigned optional;
  Fix fix;
};

constexpr std::array kBefore = {
    Row{"model.embed_tokens.weight", "token_embd.weight", Size::Vocabulary, Size::Hidden, kAll, 0,
        Fix::None},
    Row{"model.embed_tokens_per_layer.weight", "per_layer_token_embd.weight",
        Size::PerLayerVocabulary, Size::PerLayerAll, 0, kGemma4, Fix::None},
    Row{"model.per_layer_model_projection.weight", "per_layer_model_proj.weight", Size::PerLayerAll,
        Size::Hidden, 0, kGemma4, Fix::None},
    Row{"model.per_layer_projection_norm.weight", "per_layer_proj_norm.weight", Size::None,
        Size::PerLayer, 0, kGemma4, Fix::None},
};

constexpr std::array kLayer = {
    Row{"input_layernorm.weight", "attn_norm.weight", Size::None, Size::Hidden, kAll, 0, Fix::Norm},
    Row{"self_attn.q_proj.weight", "attn_q.weight", Size::Queries, Size::Hidden, kAll, 0,
        Fix::RotaryQuery},
    Row{"self_attn.q_proj.bias", "attn_q.bias", Size::None, Size::Queries, kQwen2, kLlama,
        Fix::RotaryQuery},
    Row{"self_attn.q_norm.weight", "attn_q_norm.weight", Size::None, Size::Head, kQwen3 | kGemma, 0,
        Fix::Norm},
    Row{"self_attn.k_proj.weight", "attn_k.weight", Size::KeysValues, Size::Hidden, kAll, 0,
        Fix::RotaryKey},
    Row{"self_attn.k_proj.bias", "attn_k.bias", Size::None, Size::KeysValues, kQwen2, kLlama,
        Fix::RotaryKey},
    Row{"self_attn.k_norm.weight", "attn_k_norm.weight", Size::None, Size::Head, kQwen3 | kGemma, 0,
        Fix::Norm},
    Row{"self_attn.v_proj.weight", "attn_v.weight", Size::KeysValues, Size::Hidden, kAll, 0,
        Fix::None},
    Row{"self_attn.v_proj.bias", "attn_v.bias", Size::None, Size::KeysValues, kQwen2, kLlama,
        Fix::None},
    Row{"self_attn.o_proj.weight", "attn_output.weight", Size::Hidden, Size::Queries, kAll, 0,
        Fix::None},
    Row{"self_attn.o_proj.bias", "attn_output.bias", Size::None, Size::Hidden, 0, kLlama,
        Fix::None},
    Row{"post_attention_layernorm.weight", "ffn_norm.weight", Size::None, Size::Hidden,
        kAll & ~kGemma, 0, Fix::Norm},
    Row{"post_attention_layernorm.weight", "post_attention_norm.weight", Size::None, Size::Hidden,
        kGemma, 0, Fix::Norm},
    Row{"pre_feedforward_layernorm.weight", "ffn_norm.weight", Size::None, Size::Hidden, kGemma, 0,
        Fix::Norm},
    Row{"mlp.gate_proj.weight", "ffn_gate.weight", Size::FeedForward, Size::Hidden, kAll, 0,
        Fix::None},
    Row{"mlp.gate_proj.bias", "ffn_gate.bias", Size::None, Size::FeedForward, 0, kLlama, Fix::None},
    Row{"mlp.up_proj.weight", "ffn_up.weight", Size::FeedForward, Size::Hidden, kAll, 0, Fix::None},
    Row{"mlp.up_proj.bias", "ffn_up.bias", Size::None, Size::FeedForward, 0, kLlama, Fix::None},
    Row{"mlp.down_proj.weight", "ffn_down.weight", Size::Hidden, Size::FeedForward, kAll, 0,
        Fix::None},
    Row{"mlp.down_proj.bias", "ffn_down.bias", Size::None, Size::Hidden, 0, kLlama, Fix::None},
    Row{"post_feedforward_layernorm.weight", "post_ffw_norm.weight", Size::None, Size::Hidden,
        kGemma, 0, Fix::Norm},
    Row{"per_layer_input_gate.weight", "inp_gate.weight", Size::PerLayer, Size::Hidden, 0, kGemma4,
        Fix::None},
    Row{"per_layer_projection.weight", "proj.weight", Size::Hidden, Size::PerLayer, 0, kGemma4,
        Fix::None},
    Row{"post_per_layer_input_norm.weight", "post_norm.weight", Size::None, Size::Hidden, 0,
        kGemma4, Fix::None},
    Row{"layer_scalar", "layer_output_scale.weight", Size::None, Size::One, 0, kGemma4, Fix::None},
};

constexpr std::array kAfter = {
    Row{"model.norm.weight", "output_norm.weight", Size::None, Size::Hidden, kAll, 0, Fix::Norm},
    Row{"lm_head.weight", "output.weight", Size::Vocabulary, Size::Hidden, 0, kAll, Fix::None},
};

std::uint64_t size_of(const HfConfig& config, Size size, std::uint64_t layer) {
  switch (size) {
    case Size::None: return 0;
    case Size::One: return 1;
    case Size::Hidden: return config.hidden;
    case Size::Vocabulary: return config.vocabulary;
    case Size::Queries: return config.heads * config.head_size_of(layer);
    case Size::KeysValues: return config.kv_heads_of(layer) * config.head_size_of(layer);
    case Size::Head: return config.head_size_of(layer);
    case Size::FeedForward: return config.feed_forward_of(layer);
    case Size::PerLayer: return config.per_layer_size;
    case Size::PerLayerAll: return config.per_layer_size * config.layers;
    case Size::PerLayerVocabulary: return config.per_layer_vocabulary;
  }
  return 0;
}

// Heads within which the tensor's rows are reordered; 0: none.
std::uint64_t rotary_heads_of(const HfConfig& config, Fix fix) {
  if ((kLlama & bit(config.family)) == 0) return 0;
  if (fix == Fix::RotaryQuery) return config.heads;
  return fix == Fix::RotaryKey ? config.kv_heads : 0;
}

// Whether the engine needs the tensor in this layer.
bool is_required(const HfConfig& config, const Row& row, std::uint64_t layer) {
  if (row.gguf == "output.weight") return !config.tied;
  if ((row.required & bit(config.family)) == 0) return false;
  const bool keys_values = row.columns == Size::KeysValues || row.rows == Size::KeysValues ||
                           row.gguf == "attn_k_norm.weight";
  if (config.family != HfFamily::Gemma4 || !keys_values) return true;
  if (config.shares_kv(layer)) return false;
  return !(config.keys_are_values && !config.slides(layer) && row.gguf == "attn_v.weight");
}

void add(const HfConfig& config, const Row& row, std::uint64_t layer, std::string hf,
         std::string gguf, std::vector<HfTensor>& out) {
  if (((row.required | row.optional) & bit(config.family)) == 0) return;
  HfTensor tensor;
  tensor.hf = std::move(hf);
  tensor.gguf = std::move(gguf);
  if (row.rows != Size::None) tensor.shape.push_back(size_of(config, row.rows, layer));
  tensor.shape.push_back(size_of(config, row.columns, layer));
  tensor.required = is_required(config, row, layer);
  tensor.rotary_heads = rotary_heads_of(config, row.fix);
  if (config.family == HfFamily::Gemma3 && row.fix == Fix::Norm) tensor.added = 1;
  out.push_back(std::move(tensor));
}

}  // namespace

std::vector<HfTensor> hf_tensors(const HfConfig& config) {
  std::vector<HfTensor> out;
  for (const Row& row : kBefore)
    add(config, row, 0, std::string(row.hf), std::string(row.gguf), out);
  for (std::uint64_t layer = 0; layer < config.layers; ++layer) {
    for (const Row& row : kLayer)
      add(config, row, layer, fmt::format("model.layers.{}.{}", layer, row.hf),
          fmt::format("blk.{}.{}", layer, row.gguf), out);
  }
  for (const Row& row : kAfter)
    add(config, row, 0, std::string(row.hf), std::string(row.gguf), out);
  return out;
}

std::uint64_t rotary_source_row(std::uint64_t row, std::uint64_t rows, std::uint64_t heads) {
  const std::uint64_t size = rows / heads;
  const std::uint64_t head = row / size;
  const std::uint64_t at = row % size;
  return head * size + (at % 2) * (size / 2) + at / 2;
}

std::uint64_t rotary_target_row(std::uint64_t row, std::uint64_t rows, std::uint64_t heads) {
  const std::uint64_t size = rows / heads;
  const std::uint64_t head = row / size;
  const std::uint64_t at = row % size;
  return head * size + at % (size / 2) * 2 + at / (size / 2);
}

}  // namespace tegula::tensor

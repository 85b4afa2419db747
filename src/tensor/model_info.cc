#include "tensor/model_info.h"

#include <algorithm>
#include <array>
#include <map>

#include <fmt/format.h>

#include "tensor/file_type.h"

namespace tegula::tensor {
namespace {

// How often a layer sees all positions, where the engine knows it from the architecture rather than
// from the file: every `period`-th layer, the last of each group unless `full_first`.
struct SlidingPattern {
  std::string_view architecture;
  std::uint64_t period;
  bool full_first;
};
constexpr std::array kSlidingPatterns = {
    SlidingPattern{"gemma2", 2, false},  SlidingPattern{"gemma3", 6, false},
    SlidingPattern{"gemma3n", 5, false}, SlidingPattern{"cohere2", 4, false},
    SlidingPattern{"gpt-oss", 2, false}, SlidingPattern{"olmo2", 4, false},
    SlidingPattern{"exaone4", 4, false}, SlidingPattern{"exaone-moe", 4, false},
    SlidingPattern{"llama4", 4, false},  SlidingPattern{"smallthinker", 4, true},
    SlidingPattern{"plamo3", 8, false},  SlidingPattern{"gemma-embedding", 6, false},
};

bool is_quantized_name(std::string_view name) {
  return name != "F32" && name != "F16" && name != "BF16";
}

std::uint64_t uint_of(const Gguf& gguf, const std::string& key) {
  const GgufValue* value = gguf.find(key);
  return value == nullptr ? 0 : value->as_uint().value_or(0);
}

std::string text_of_key(const Gguf& gguf, std::string_view key) {
  const GgufValue* value = gguf.find(key);
  return value == nullptr ? std::string() : std::string(value->as_text().value_or(""));
}

// The number of a layer: one for all, or an item each; `otherwise` if the file has neither.
std::uint64_t of_layer(const GgufValue* value, std::uint64_t layer, std::uint64_t otherwise) {
  if (value == nullptr) return otherwise;
  if (value->is_array()) return value->uint_item(layer).value_or(otherwise);
  return value->as_uint().value_or(otherwise);
}

std::vector<TypeTotal> totals_of(const Gguf& gguf) {
  std::map<DType, TypeTotal> by_type;
  for (const GgufTensor& tensor : gguf.tensors()) {
    TypeTotal& total = by_type[tensor.type];
    total.type = tensor.type;
    total.tensors += 1;
    total.elements += tensor.elements;
    total.bytes += tensor.bytes;
  }
  std::vector<TypeTotal> totals;
  for (const auto& [type, total] : by_type) totals.push_back(total);
  std::ranges::sort(totals, std::ranges::greater(),
                    [](const TypeTotal& total) { return std::pair(total.elements, total.type); });
  return totals;
}

// The label of the file, unless the tensors belie it: a label of a quantised type on a file without
// quantised tensors, or the reverse.
std::string quantization_of(const Gguf& gguf, const std::vector<TypeTotal>& totals) {
  const std::string_view dominant = dtype_name(totals.front().type);
  const GgufValue* file_type = gguf.find("general.file_type");
  if (file_type == nullptr) return std::string(dominant);
  const std::string_view label = file_type_name(file_type->as_uint().value_or(~0ULL));
  const bool quantized = std::ranges::any_of(
      totals, [](const TypeTotal& total) { return traits(total.type).quantized; });
  if (label.empty() || is_quantized_name(label) != quantized) return std::string(dominant);
  return std::string(label);
}

// Whether the layer keeps keys and values of its own that grow with the context: not those of
// hybrid models between two attention layers, nor the last ones that share an earlier layer's
// cache.
bool caches(std::uint64_t layer, std::uint64_t layers, std::uint64_t interval,
            std::uint64_t shared) {
  if (interval > 0 && (layer + 1) % interval != 0) return false;
  return shared >= layers || layer < layers - shared;
}

bool slides(const GgufValue* pattern, std::string_view architecture, std::uint64_t layer) {
  if (pattern != nullptr && pattern->is_array()) return pattern->uint_item(layer).value_or(0) != 0;
  const auto* const known =
      std::ranges::find(kSlidingPatterns, architecture, &SlidingPattern::architecture);
  const bool full_first = known != kSlidingPatterns.end() && known->full_first;
  std::uint64_t period = known == kSlidingPatterns.end() ? 0 : known->period;
  if (pattern != nullptr) period = pattern->as_uint().value_or(period);
  if (period == 0) return false;  // unknown: the estimate takes the larger cache
  return full_first ? layer % period != 0 : layer % period < period - 1;
}

std::vector<LayerInfo> layers_of(const Gguf& gguf, const ModelInfo& info) {
  const std::string prefix = info.architecture + ".";
  const std::string attention = prefix + "attention.";
  const GgufValue* heads = gguf.find(attention + "head_count");
  const GgufValue* kv_heads = gguf.find(attention + "head_count_kv");
  const GgufValue* pattern = gguf.find(attention + "sliding_window_pattern");
  const std::uint64_t interval = uint_of(gguf, prefix + "full_attention_interval");
  const std::uint64_t shared = uint_of(gguf, attention + "shared_kv_layers");
  const std::uint64_t key_swa = uint_of(gguf, attention + "key_length_swa");
  const std::uint64_t value_swa = uint_of(gguf, attention + "value_length_swa");
  const std::uint64_t first_heads = of_layer(heads, 0, 0);
  const std::uint64_t plain = first_heads == 0 ? 0 : info.embedding_length / first_heads;
  const std::uint64_t key = of_layer(gguf.find(attention + "key_length"), 0, plain);
  const std::uint64_t value = of_layer(gguf.find(attention + "value_length"), 0, plain);
  std::vector<LayerInfo> layers(
      std::min(uint_of(gguf, prefix + "block_count"), limits::kModelLayersMax));
  for (std::uint64_t i = 0; i < layers.size(); ++i) {
    LayerInfo& layer = layers[i];
    layer.heads = of_layer(heads, i, 0);
    if (caches(i, layers.size(), interval, shared))
      layer.kv_heads = of_layer(kv_heads, i, layer.heads);
    layer.sliding = info.sliding_window > 0 && slides(pattern, info.architecture, i);
    layer.key_length = layer.sliding && key_swa > 0 ? key_swa : key;
    layer.value_length = layer.sliding && value_swa > 0 ? value_swa : value;
  }
  return layers;
}

bool has_key_under(const Gguf& gguf, std::string_view prefix) {
  return std::ranges::any_of(gguf.values(),
                             [&](const GgufValue& value) { return value.key.starts_with(prefix); });
}

std::uint64_t vocabulary_of(const Gguf& gguf, const std::string& prefix) {
  const GgufValue* tokens = gguf.find("tokenizer.ggml.tokens");
  return tokens == nullptr ? uint_of(gguf, prefix + "vocab_size") : tokens->count;
}

void fill_model(const Gguf& gguf, ModelInfo& info) {
  const std::string prefix = info.architecture + ".";
  info.context_length = uint_of(gguf, prefix + "context_length");
  info.embedding_length = uint_of(gguf, prefix + "embedding_length");
  info.experts = uint_of(gguf, prefix + "expert_count");
  info.sliding_window = uint_of(gguf, prefix + "attention.sliding_window");
  info.vocabulary = vocabulary_of(gguf, prefix);
  info.layers = layers_of(gguf, info);
  info.recurrent = has_key_under(gguf, prefix + "ssm.") || has_key_under(gguf, prefix + "wkv.") ||
                   gguf.find(prefix + "shortconv.l_cache") != nullptr;
  info.pooled = uint_of(gguf, prefix + "pooling_type") != 0;
  const GgufValue* feed_forward = gguf.find(prefix + "feed_forward_length");
  const GgufValue* used = gguf.find(prefix + "expert_used_count");
  for (std::uint64_t i = 0; i < info.layers.size(); ++i) {
    info.heads = std::max(info.heads, info.layers[i].heads);
    info.kv_heads = std::max(info.kv_heads, info.layers[i].kv_heads);
    info.experts_used = std::max(info.experts_used, of_layer(used, i, 0));
    info.feed_forward_length = std::max(info.feed_forward_length, of_layer(feed_forward, i, 0));
  }
}

void fill_adapter(const Gguf& gguf, ModelInfo& info) {
  if (const GgufValue* alpha = gguf.find("adapter.lora.alpha"))
    info.adapter_alpha = alpha->as_double();
  for (const GgufTensor& tensor : gguf.tensors()) {
    if (tensor.name.ends_with(".lora_b"))
      info.adapter_rank = std::max(info.adapter_rank, tensor.shape[0]);
  }
}

}  // namespace

ModelInfo model_info(const Gguf& gguf, ModelFileKind kind) {
  ModelInfo info;
  info.kind = kind;
  info.architecture = text_of_key(gguf, "general.architecture");
  info.name = text_of_key(gguf, "general.name");
  info.license = text_of_key(gguf, "general.license");
  info.tokenizer = text_of_key(gguf, "tokenizer.ggml.model");
  info.chat_template = text_of_key(gguf, "tokenizer.chat_template");
  info.tensor_count = gguf.tensors().size();
  info.types = totals_of(gguf);
  for (const TypeTotal& total : info.types) {
    info.parameters += total.elements;
    info.tensor_bytes += total.bytes;
  }
  if (!info.types.empty()) {
    info.dominant_type = info.types.front().type;
    info.quantization = quantization_of(gguf, info.types);
  }
  switch (info.kind) {
    case ModelFileKind::Model: fill_model(gguf, info); break;
    case ModelFileKind::Adapter: fill_adapter(gguf, info); break;
    case ModelFileKind::Projector: break;
  }
  return info;
}

std::string parameters_text(std::uint64_t parameters) {
  static constexpr std::string_view kUnits = "KMBTQ";
  double value = static_cast<double>(parameters) / 1000;
  std::size_t unit = 0;
  while (value >= 999.95 && unit + 1 < kUnits.size()) {
    value /= 1000;
    ++unit;
  }
  std::string text = fmt::format("{:.1f}", value);
  if (text.ends_with(".0")) text.resize(text.size() - 2);
  return text + kUnits[unit];
}

}  // namespace tegula::tensor

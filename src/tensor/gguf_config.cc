#include "tensor/gguf_config.h"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

#include "tensor/hf_model.h"
#include "tensor/rope_factors.h"

namespace tegula::tensor {
namespace {

using codec::Json;

// What config.json calls an architecture beside its class.
struct ModelType {
  std::string_view gguf;
  std::string_view name;
};

constexpr std::array kModelTypes = {
    ModelType{"llama", "llama"},
    ModelType{"qwen2", "qwen2"},
    ModelType{"qwen3", "qwen3"},
    ModelType{"gemma3", "gemma3_text"},
};

constexpr std::uint64_t kGemma3Pattern = 6;   // every sixth layer sees everything
constexpr std::uint64_t kGemma3Largest = 62;  // the layers of the one whose queries scale otherwise

// The shortest decimal that is this f32: 1e-06, not 9.999999974752427e-07.
double decimal(float value) {
  std::array<char, 32> text;
  const auto written = std::to_chars(text.data(), text.data() + text.size(), value);
  double out = 0;
  std::from_chars(text.data(), written.ptr, out);
  return out;
}

Json json_of(std::optional<double> value) { return value ? Json(*value) : Json(); }

std::string_view text_of_key(const Gguf& gguf, std::string_view key) {
  const GgufValue* const value = gguf.find(key);
  return value == nullptr ? std::string_view() : value->as_text().value_or("");
}

// The keys of one architecture.
class Parameters {
 public:
  Parameters(const Gguf& gguf, std::string_view architecture)
      : gguf_(gguf), prefix_(std::string(architecture) + ".") {}

  const GgufValue* find(std::string_view key) const {
    return gguf_.find(prefix_ + std::string(key));
  }

  // Of an array with a number for each layer, the first: check_parameters() compares the others.
  Result<std::uint64_t> size(std::string_view key, std::optional<std::uint64_t> otherwise) const {
    const GgufValue* const value = find(key);
    if (value == nullptr && otherwise) return *otherwise;
    if (value == nullptr)
      return fail(Code::Corrupt, fmt::format("key \"{}{}\" is missing", prefix_, key));
    const auto number = value->is_array() ? value->uint_item(0) : value->as_uint();
    if (number) return *number;
    return fail(Code::Corrupt, fmt::format("key \"{}{}\": expected a whole number", prefix_, key));
  }

  std::optional<double> real(std::string_view key) const {
    const GgufValue* const value = find(key);
    const auto number = value == nullptr ? std::nullopt : value->as_double();
    if (!number) return {};
    return decimal(static_cast<float>(*number));
  }

  std::string_view text(std::string_view key) const {
    return text_of_key(gguf_, prefix_ + std::string(key));
  }

 private:
  const Gguf& gguf_;
  const std::string prefix_;
};

Result<void> add_sizes(const Gguf& gguf, const Parameters& in, Json& out) {
  const GgufValue* const tokens = gguf.find("tokenizer.ggml.tokens");
  const std::uint64_t hidden = TRY(in.size("embedding_length", {}));
  const std::uint64_t heads = TRY(in.size("attention.head_count", {}));
  out["num_hidden_layers"] = TRY(in.size("block_count", {}));
  out["hidden_size"] = hidden;
  out["intermediate_size"] = TRY(in.size("feed_forward_length", {}));
  out["num_attention_heads"] = heads;
  out["num_key_value_heads"] = TRY(in.size("attention.head_count_kv", heads));
  out["head_dim"] =
      TRY(in.size("attention.key_length", hidden / std::max<std::uint64_t>(1, heads)));
  out["vocab_size"] = TRY(in.size("vocab_size", tokens == nullptr ? 0 : tokens->count));
  out["max_position_embeddings"] = TRY(in.size("context_length", {}));
  out["rms_norm_eps"] = json_of(in.real("attention.layer_norm_rms_epsilon"));
  out["tie_word_embeddings"] = gguf.find_tensor("output.weight") == nullptr;
  return {};
}

Json llama3_json(const RopeScaling& rope) {
  return {{"rope_type", "llama3"},
          {"factor", decimal(static_cast<float>(rope.factor))},
          {"low_freq_factor", rope.low_freq_factor},
          {"high_freq_factor", rope.high_freq_factor},
          {"original_max_position_embeddings", rope.original_context}};
}

Result<Json> yarn_json(const Parameters& in) {
  Json out = {{"rope_type", "yarn"}, {"factor", json_of(in.real("rope.scaling.factor"))}};
  out["original_max_position_embeddings"] =
      TRY(in.size("rope.scaling.original_context_length", {}));
  for (const auto& [key, member] : std::array<std::pair<std::string_view, std::string_view>, 3>{
           {{"yarn_attn_factor", "attention_factor"},
            {"yarn_beta_fast", "beta_fast"},
            {"yarn_beta_slow", "beta_slow"}}}) {
    const std::optional<double> value = in.real(fmt::format("rope.scaling.{}", key));
    if (value) out[member] = *value;
  }
  return out;
}

Result<void> add_rope(const Parameters& in, std::span<const float> factors, Json& out) {
  const double theta = in.real("rope.freq_base").value_or(10'000);
  const std::string_view type = in.text("rope.scaling.type");
  out["rope_theta"] = theta;
  out["rope_scaling"] = nullptr;
  if (!factors.empty()) {
    const auto head = out["head_dim"].get<std::uint64_t>();
    out["rope_scaling"] = llama3_json(TRY(llama3_rope_scaling(factors, theta, head)));
  } else if (type == "linear") {
    out["rope_scaling"] = {{"rope_type", type},
                           {"factor", json_of(in.real("rope.scaling.factor"))}};
  } else if (type == "yarn") {
    out["rope_scaling"] = TRY(yarn_json(in));
  }
  return {};
}

Result<void> add_gemma3(const Parameters& in, Json& out) {
  out["hidden_activation"] = "gelu_pytorch_tanh";
  out["attention_bias"] = false;
  out["sliding_window"] = TRY(in.size("attention.sliding_window", {}));
  out["sliding_window_pattern"] = kGemma3Pattern;
  out["rope_local_base_freq"] = in.real("rope.freq_base_swa").value_or(10'000);
  const auto heads = std::max<std::uint64_t>(1, out["num_attention_heads"].get<std::uint64_t>());
  out["query_pre_attn_scalar"] = out["num_hidden_layers"] == kGemma3Largest
                                     ? Json(out["hidden_size"].get<std::uint64_t>() / heads)
                                     : out["head_dim"];
  out["attn_logit_softcapping"] = nullptr;
  out["final_logit_softcapping"] = json_of(in.real("final_logit_softcapping"));
  return {};
}

void add_others(const Gguf& gguf, std::string_view architecture, Json& out) {
  out["hidden_act"] = "silu";
  if (architecture == "qwen2") out["use_sliding_window"] = false;
  if (architecture == "qwen3") out["attention_bias"] = false;
  if (architecture != "llama") return;
  out["attention_bias"] = gguf.find_tensor("blk.0.attn_q.bias") != nullptr;
  out["mlp_bias"] = gguf.find_tensor("blk.0.ffn_up.bias") != nullptr;
}

// --- the comparison ---

bool same_number(const GgufValue& a, const GgufValue& b) {
  if (const auto number = a.as_uint()) return b.as_uint() == number;
  const auto x = a.as_double();
  const auto y = b.as_double();
  return x && y && static_cast<float>(*x) == static_cast<float>(*y);
}

// `ours` has one number where all layers are alike.
bool same(const GgufValue& ours, const GgufValue& theirs) {
  if (const auto text = ours.as_text()) return theirs.as_text() == text;
  if (!theirs.is_array()) return same_number(ours, theirs);
  for (std::uint64_t i = 0; i < theirs.count; ++i)
    if (!ours.as_uint() || theirs.uint_item(i) != ours.as_uint()) return false;
  return theirs.count > 0;
}

// Keys that say nothing with these values.
bool is_idle(std::string_view key, const GgufValue& value) {
  if (key == "rope.scaling.type") return value.as_text() == "none";
  if (key == "rope.scaling.finetuned" || key == "tensor_data_layout") return true;
  const bool count = key == "expert_count" || key == "expert_used_count";
  return (count && value.as_uint() == 0) || (key == "attention.causal" && value.as_bool() == true);
}

}  // namespace

Result<Json> hf_config_of(const Gguf& gguf, std::span<const float> rope_factors) {
  const std::string_view architecture = text_of_key(gguf, "general.architecture");
  const auto type = std::ranges::find(kModelTypes, architecture, &ModelType::gguf);
  if (type == kModelTypes.end()) {
    return fail(Code::Unsupported,
                fmt::format("a GGUF file of the architecture \"{}\" is not written as safetensors",
                            architecture),
                "those of llama, qwen2, qwen3 and gemma3 are");
  }
  Json out;
  out["architectures"] = {architecture_of_gguf(architecture)};
  out["model_type"] = type->name;
  const Parameters in(gguf, architecture);
  TRY(add_sizes(gguf, in, out));
  TRY(add_rope(in, rope_factors, out));
  if (architecture == "gemma3") {
    TRY(add_gemma3(in, out));
  } else {
    add_others(gguf, architecture, out);
  }
  return out;
}

Result<void> check_parameters(const Gguf& gguf, const HfConfig& config) {
  GgufWriter writer;
  write_parameters(config, writer);
  const Bytes file = zero_file(writer);
  const Gguf ours = TRY(read_gguf(MemorySource(file)));
  const std::string prefix = config.architecture + ".";
  for (const GgufValue& theirs : gguf.values()) {
    if (!theirs.key.starts_with(prefix)) continue;
    const GgufValue* const own = ours.find(theirs.key);
    if (own != nullptr && same(*own, theirs)) continue;
    const std::string_view key = std::string_view(theirs.key).substr(prefix.size());
    if (own == nullptr && is_idle(key, theirs)) continue;
    return fail(Code::Unsupported,
                fmt::format("key \"{}\": a config.json of \"{}\" cannot say the same", theirs.key,
                            architecture_of_gguf(config.architecture)));
  }
  return {};
}

}  // namespace tegula::tensor

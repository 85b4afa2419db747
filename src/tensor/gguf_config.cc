#include "tensor/gguf_config.h"

#include <array>
#include <charconv>

#include <fmt/format.h>

#include "tensor/hf_config_of_gguf.h"
#include "tensor/hf_model.h"
#include "tensor/rope_factors.h"

namespace tegula::tensor {
namespace {

using codec::Json;

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

Json json_of(std::optional<double> value) {
  return value ? Json(decimal(static_cast<float>(*value))) : Json();
}

void add_sizes(const HfConfig& config, Json& out) {
  out["num_hidden_layers"] = config.layers;
  out["hidden_size"] = config.hidden;
  out["intermediate_size"] = config.feed_forward;
  out["num_attention_heads"] = config.heads;
  out["num_key_value_heads"] = config.kv_heads;
  out["head_dim"] = config.head_size;
  out["vocab_size"] = config.vocabulary;
  out["max_position_embeddings"] = config.context;
  out["rms_norm_eps"] = json_of(config.norm_epsilon);
  out["tie_word_embeddings"] = config.tied;
}

Json yarn_json(const RopeScaling& rope) {
  Json out = {{"rope_type", "yarn"},
              {"factor", json_of(rope.factor)},
              {"original_max_position_embeddings", rope.original_context}};
  if (rope.attention_factor) out["attention_factor"] = json_of(rope.attention_factor);
  if (rope.beta_fast) out["beta_fast"] = json_of(rope.beta_fast);
  if (rope.beta_slow) out["beta_slow"] = json_of(rope.beta_slow);
  return out;
}

Json rope_json(const RopeScaling& rope) {
  switch (rope.kind) {
    case RopeScaling::Kind::None: return nullptr;
    case RopeScaling::Kind::Linear:
      return {{"rope_type", "linear"}, {"factor", json_of(rope.factor)}};
    case RopeScaling::Kind::Yarn: return yarn_json(rope);
    case RopeScaling::Kind::Llama3:
      return {{"rope_type", "llama3"},
              {"factor", json_of(rope.factor)},
              {"low_freq_factor", rope.low_freq_factor},
              {"high_freq_factor", rope.high_freq_factor},
              {"original_max_position_embeddings", rope.original_context}};
  }
  return nullptr;
}

void add_gemma3(const HfConfig& config, Json& out) {
  const bool largest = config.layers == kGemma3Largest;
  out["hidden_activation"] = "gelu_pytorch_tanh";
  out["attention_bias"] = false;
  out["sliding_window"] = config.sliding_window;
  out["sliding_window_pattern"] = kGemma3Pattern;
  out["rope_local_base_freq"] = json_of(config.rope_theta_sliding.value_or(10'000));
  out["query_pre_attn_scalar"] = largest ? config.hidden / config.heads : config.head_size;
  out["attn_logit_softcapping"] = nullptr;
  out["final_logit_softcapping"] = json_of(config.final_softcap);
}

void add_others(const Gguf& gguf, HfFamily family, Json& out) {
  out["hidden_act"] = "silu";
  if (family == HfFamily::Qwen2) out["use_sliding_window"] = false;
  if (family == HfFamily::Qwen3) out["attention_bias"] = false;
  if (family != HfFamily::Llama) return;
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
  if (key == "rope.scaling.type") return value.as_text() == "none" || value.as_text() == "linear";
  if (key == "rope.scaling.factor") return value.as_double() == 1 || value.as_double() == 0;
  if (key == "rope.scaling.finetuned" || key == "tensor_data_layout") return true;
  const bool count = key == "expert_count" || key == "expert_used_count";
  return (count && value.as_uint() == 0) || (key == "attention.causal" && value.as_bool() == true);
}

}  // namespace

Result<Json> config_json_of(const Gguf& gguf, std::span<const float> rope_factors) {
  HfConfig config = TRY(hf_config_of(gguf));
  const double theta = decimal(static_cast<float>(config.rope_theta));
  if (!rope_factors.empty())
    config.rope = TRY(llama3_rope_scaling(rope_factors, theta, config.head_size));
  const bool is_gemma = config.family == HfFamily::Gemma3;
  Json out;
  out["architectures"] = {architecture_of_gguf(config.architecture)};
  out["model_type"] = is_gemma ? "gemma3_text" : config.architecture;
  add_sizes(config, out);
  out["rope_theta"] = theta;
  out["rope_scaling"] = rope_json(config.rope);
  if (is_gemma) {
    add_gemma3(config, out);
  } else {
    add_others(gguf, config.family, out);
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

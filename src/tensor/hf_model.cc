#include "tensor/hf_model.h"

#include <algorithm>

#include "base/limits.h"

namespace tegula::tensor {
namespace {

void write_rope(const HfConfig& config, const std::string& prefix, GgufWriter& writer) {
  writer.set_f32(prefix + "rope.freq_base", static_cast<float>(config.rope_theta));
  if (config.rope_theta_sliding)
    writer.set_f32(prefix + "rope.freq_base_swa", static_cast<float>(*config.rope_theta_sliding));
  const RopeScaling& rope = config.rope;
  if (rope.kind != RopeScaling::Kind::Linear && rope.kind != RopeScaling::Kind::Yarn) return;
  const bool yarn = rope.kind == RopeScaling::Kind::Yarn;
  writer.set_text(prefix + "rope.scaling.type", yarn ? "yarn" : "linear");
  writer.set_f32(prefix + "rope.scaling.factor", static_cast<float>(rope.factor));
  if (!yarn) return;
  writer.set_u32(prefix + "rope.scaling.original_context_length",
                 static_cast<std::uint32_t>(rope.original_context));
  const auto real = [&](std::string_view key, std::optional<double> value) {
    if (value)
      writer.set_f32(prefix + "rope.scaling." + std::string(key), static_cast<float>(*value));
  };
  real("yarn_attn_factor", rope.attention_factor);
  real("yarn_beta_fast", rope.beta_fast);
  real("yarn_beta_slow", rope.beta_slow);
}

void write_gemma4(const HfConfig& config, const std::string& prefix, GgufWriter& writer) {
  const auto number = [&](std::string_view key, std::uint64_t value) {
    writer.set_u32(prefix + std::string(key), static_cast<std::uint32_t>(value));
  };
  number("attention.key_length_swa", config.head_size);
  number("attention.value_length_swa", config.head_size);
  number("attention.shared_kv_layers", config.shared_kv_layers);
  number("embedding_length_per_layer_input", config.per_layer_size);
  number("rope.dimension_count", config.head_size_full);
  number("rope.dimension_count_swa", config.head_size);
  std::unique_ptr<bool[]> pattern(new bool[config.layers]);  // vector<bool> has no span
  for (std::uint64_t i = 0; i < config.layers; ++i) pattern[i] = config.slides(i);
  writer.set_bools(prefix + "attention.sliding_window_pattern",
                   std::span<const bool>(pattern.get(), config.layers));
}

// One number, or one for each layer where they differ.
template <class Of>
void write_by_layer(const HfConfig& config, const std::string& key, Of of, GgufWriter& writer) {
  std::vector<std::uint32_t> values;
  for (std::uint64_t i = 0; i < config.layers; ++i)
    values.push_back(static_cast<std::uint32_t>(of(i)));
  const bool same = std::ranges::all_of(values, [&](std::uint32_t v) { return v == values[0]; });
  if (same) {
    writer.set_u32(key, values[0]);
  } else {
    writer.set_u32s(key, values);
  }
}

}  // namespace

void write_parameters(const HfConfig& config, GgufWriter& writer) {
  const std::string prefix = config.architecture + ".";
  const auto number = [&](std::string_view key, std::uint64_t value) {
    writer.set_u32(prefix + std::string(key), static_cast<std::uint32_t>(value));
  };
  const bool gemma4 = config.family == HfFamily::Gemma4;
  const std::uint64_t head = gemma4 ? config.head_size_full : config.head_size;
  number("block_count", config.layers);
  number("context_length", config.context);
  number("embedding_length", config.hidden);
  write_by_layer(
      config, prefix + "feed_forward_length", [&](auto i) { return config.feed_forward_of(i); },
      writer);
  number("attention.head_count", config.heads);
  write_by_layer(
      config, prefix + "attention.head_count_kv", [&](auto i) { return config.kv_heads_of(i); },
      writer);
  number("attention.key_length", head);
  number("attention.value_length", head);
  writer.set_f32(prefix + "attention.layer_norm_rms_epsilon",
                 static_cast<float>(config.norm_epsilon));
  number("vocab_size", config.vocabulary);
  if (config.sliding_window > 0) number("attention.sliding_window", config.sliding_window);
  if (config.final_softcap)
    writer.set_f32(prefix + "final_logit_softcapping", static_cast<float>(*config.final_softcap));
  write_rope(config, prefix, writer);
  if (gemma4) {
    write_gemma4(config, prefix, writer);
  } else {
    number("rope.dimension_count", config.head_size);
  }
}

Result<HfModel> HfModel::open(const os::FileSystem& fs, const os::Path& folder) {
  HfModel model;
  const std::string text =
      TRY(os::read_file(fs, folder / "config.json", limits::kConfigFileBytesMax));
  model.config_ = TRY(parse_hf_config(text), "\"config.json\"");
  model.tensors_ = TRY(SafetensorsSet::open(fs, folder));
  model.tokenizer_ = TRY(read_tokenizer(fs, folder, model.config_.json, model.config_.vocabulary));
  if (model.config_.family == HfFamily::Gemma4) TRY(make_gemma4(model.tokenizer_));
  model.plan_ = TRY(plan_gguf(model.config_, model.tensors_));
  return model;
}

}  // namespace tegula::tensor

#include <array>
#include <bit>
#include <cmath>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/limits.h"
#include "tensor/hf_model.h"

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

// Parts of larger models that are not text, and what is computed anew.
constexpr std::array<std::string_view, 8> kLeftOut = {
    "vision_tower.",          "model.vision_tower.",
    "multi_modal_projector.", "model.multi_modal_projector.",
    "model.audio_tower.",     "model.embed_vision.",
    "model.embed_audio.",     "audio_tower.",
};

// Names in the text model of a larger one, as they would be without it.
std::string plain_name(std::string_view name) {
  for (const auto& [prefix, plain] : std::array<std::pair<std::string_view, std::string_view>, 3>{
           {{"language_model.model.", "model."},
            {"language_model.lm_head.", "lm_head."},
            {"model.language_model.", "model."}}})
    if (name.starts_with(prefix))
      return std::string(plain) + std::string(name.substr(prefix.size()));
  return std::string(name);
}

bool is_left_out(const HfConfig& config, std::string_view name) {
  if (name.ends_with(".rotary_emb.inv_freq")) return true;
  if (config.tied && name == "lm_head.weight") return true;
  if (!config.nested) return false;
  for (const std::string_view prefix : kLeftOut)
    if (name.starts_with(prefix)) return true;
  return false;
}

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

class Planner {
 public:
  Planner(const HfConfig& config, const SafetensorsSet& tensors) : config_(config) {
    for (const ShardTensor& each : tensors.tensors())
      if (!is_left_out(config, each.tensor.name))
        by_name_.emplace(plain_name(each.tensor.name), &each);
  }

  Result<std::vector<GgufPlan>> run() {
    add_rope_factors();
    for (const Row& row : kBefore) TRY(add(row, row.hf, row.gguf, 0));
    for (std::uint64_t layer = 0; layer < config_.layers; ++layer) {
      for (const Row& row : kLayer)
        TRY(add(row, fmt::format("model.layers.{}.{}", layer, row.hf),
                fmt::format("blk.{}.{}", layer, row.gguf), layer));
    }
    for (const Row& row : kAfter) TRY(add(row, row.hf, row.gguf, 0));
    if (!config_.tied && !used_.contains("lm_head.weight"))
      return fail(Code::Corrupt, "the tensor \"lm_head.weight\" is missing");
    TRY(check_used());
    return std::move(plan_);
  }

 private:
  // Families whose engine needs the tensor in this layer.
  bool is_required(const Row& row, std::uint64_t layer) const {
    if ((row.required & bit(config_.family)) == 0) return false;
    const bool keys_values = row.columns == Size::KeysValues || row.rows == Size::KeysValues ||
                             row.gguf == "attn_k_norm.weight";
    if (config_.family != HfFamily::Gemma4 || !keys_values) return true;
    if (config_.shares_kv(layer)) return false;
    return !(config_.keys_are_values && !config_.slides(layer) && row.gguf == "attn_v.weight");
  }

  Result<void> add(const Row& row, std::string_view hf, std::string_view gguf,
                   std::uint64_t layer) {
    if (((row.required | row.optional) & bit(config_.family)) == 0) return {};
    const auto found = by_name_.find(hf);
    if (found == by_name_.end()) {
      if (!is_required(row, layer)) return {};
      return fail(Code::Corrupt, fmt::format("the tensor \"{}\" is missing", hf));
    }
    const SafetensorsTensor& tensor = found->second->tensor;
    TRY(check(row, tensor, layer), fmt::format("tensor \"{}\"", tensor.name));
    GgufPlan plan;
    plan.name = gguf;
    plan.shape.assign(tensor.shape.rbegin(), tensor.shape.rend());
    if (plan.shape.empty()) plan.shape.push_back(1);
    plan.from = found->second;
    plan.rotary_heads = rotary_heads_of(config_, row.fix);
    if (config_.family == HfFamily::Gemma3 && row.fix == Fix::Norm) plan.added = 1;
    plan_.push_back(std::move(plan));
    used_.emplace(hf);
    return {};
  }

  Result<void> check(const Row& row, const SafetensorsTensor& tensor, std::uint64_t layer) const {
    std::vector<std::uint64_t> want;
    if (row.rows != Size::None) want.push_back(size_of(config_, row.rows, layer));
    want.push_back(size_of(config_, row.columns, layer));
    const bool scalar = row.columns == Size::One && tensor.shape.empty();
    if (tensor.shape != want && !scalar) {
      return fail(Code::Corrupt, fmt::format("its shape is [{}], config.json says [{}]",
                                             fmt::join(tensor.shape, ", "), fmt::join(want, ", ")));
    }
    const std::optional<DType> type = dtype_of(tensor.type);
    if (type == DType::F32 || type == DType::F16 || type == DType::BF16) return {};
    return fail(Code::Unsupported,
                fmt::format("{} is not converted", safetensors_type_name(tensor.type)),
                "F32, F16 and BF16 are");
  }

  Result<void> check_used() const {
    for (const auto& [name, tensor] : by_name_) {
      if (used_.contains(name)) continue;
      return fail(Code::Unsupported,
                  fmt::format("the tensor \"{}\" has no place in a GGUF file of \"{}\"",
                              tensor->tensor.name, config_.architecture));
    }
    return {};
  }

  void add_rope_factors() {
    GgufPlan plan;
    plan.name = "rope_freqs.weight";
    if (config_.rope.kind == RopeScaling::Kind::Llama3) {
      plan.values = llama3_rope_factors(config_.rope, config_.rope_theta, config_.head_size);
    } else if (config_.family == HfFamily::Gemma4) {
      // Full layers rotate only the first pairs of a head: the rest turns so slowly that it stands.
      const auto pairs = static_cast<double>(config_.head_size_full);
      const auto rotated = static_cast<std::size_t>(pairs * config_.rotated_part / 2);
      plan.values.assign(config_.head_size_full / 2, 1e30F);
      std::fill_n(plan.values.begin(), std::min(rotated, plan.values.size()), 1.0F);
    } else {
      return;
    }
    plan.shape = {plan.values.size()};
    plan_.push_back(std::move(plan));
  }

  const HfConfig& config_;
  std::map<std::string, const ShardTensor*, std::less<>> by_name_;
  std::set<std::string, std::less<>> used_;
  std::vector<GgufPlan> plan_;
};

// log2 and 2^x in double, by series: a C library's differ in the last bit between systems.
double exact_log2(double x) {
  int exponent = 0;
  double m = std::frexp(x, &exponent);
  if (m < 0.70710678118654752) {
    m *= 2;
    --exponent;
  }
  const double t = (m - 1) / (m + 1);
  double power = t;
  double sum = 0;
  for (int n = 1; n < 40; n += 2) {
    sum += power / n;
    power *= t * t;
  }
  return exponent + sum * 2.8853900817779268;  // 2 / ln 2
}

double exact_exp2(double x) {
  const double whole = std::floor(x + 0.5);
  const double rest = (x - whole) * 0.69314718055994531;
  double term = 1;
  double sum = 1;
  for (int n = 1; n < 20; ++n) {
    term = term * rest / n;
    sum += term;
  }
  return std::ldexp(sum, static_cast<int>(whole));
}

}  // namespace

std::uint64_t rotary_source_row(std::uint64_t row, std::uint64_t rows, std::uint64_t heads) {
  const std::uint64_t size = rows / heads;
  const std::uint64_t head = row / size;
  const std::uint64_t at = row % size;
  return head * size + (at % 2) * (size / 2) + at / 2;
}

std::vector<float> llama3_rope_factors(const RopeScaling& rope, double theta,
                                       std::uint64_t head_size) {
  constexpr double kTwoPi = 6.2831853071795865;
  const auto context = static_cast<double>(rope.original_context);
  const double theta_bits = exact_log2(theta);
  std::vector<float> factors;
  for (std::uint64_t i = 0; i < head_size; i += 2) {
    const double exponent = static_cast<double>(i) / static_cast<double>(head_size);
    const double wavelength = kTwoPi * exact_exp2(theta_bits * exponent);
    if (wavelength < context / rope.high_freq_factor) {
      factors.push_back(1);
    } else if (wavelength > context / rope.low_freq_factor) {
      factors.push_back(static_cast<float>(rope.factor));
    } else {
      const double smooth = (context / wavelength - rope.low_freq_factor) /
                            (rope.high_freq_factor - rope.low_freq_factor);
      factors.push_back(static_cast<float>(1 / ((1 - smooth) / rope.factor + smooth)));
    }
  }
  return factors;
}

std::vector<HfMatrix> hf_matrices(const HfConfig& config) {
  std::vector<HfMatrix> out;
  const auto add = [&](const Row& row, std::string hf, std::string gguf, std::uint64_t layer) {
    if (((row.required | row.optional) & bit(config.family)) == 0 || row.rows == Size::None) return;
    HfMatrix matrix;
    matrix.hf = std::move(hf);
    matrix.gguf = std::move(gguf);
    matrix.rows = size_of(config, row.rows, layer);
    matrix.columns = size_of(config, row.columns, layer);
    matrix.rotary_heads = rotary_heads_of(config, row.fix);
    if (matrix.rows > 0 && matrix.columns > 0) out.push_back(std::move(matrix));
  };
  for (const Row& row : kBefore) add(row, std::string(row.hf), std::string(row.gguf), 0);
  for (std::uint64_t layer = 0; layer < config.layers; ++layer) {
    for (const Row& row : kLayer)
      add(row, fmt::format("model.layers.{}.{}", layer, row.hf),
          fmt::format("blk.{}.{}", layer, row.gguf), layer);
  }
  for (const Row& row : kAfter) add(row, std::string(row.hf), std::string(row.gguf), 0);
  return out;
}

Result<std::vector<GgufPlan>> plan_gguf(const HfConfig& config, const SafetensorsSet& tensors) {
  return Planner(config, tensors).run();
}

}  // namespace tegula::tensor

#include "tensor/hf_config.h"

#include <array>
#include <cmath>

#include <fmt/format.h>

#include "base/limits.h"
#include "tensor/file_json.h"

namespace tegula::tensor {
namespace {

using codec::Json;

struct Architecture {
  std::string_view name;  // in config.json
  HfFamily family;
  std::string_view gguf;
  bool nested;
};

// The first one of a GGUF name is what such a file becomes.
constexpr std::array kArchitectures = {
    Architecture{"LlamaForCausalLM", HfFamily::Llama, "llama", false},
    Architecture{"MistralForCausalLM", HfFamily::Mistral, "llama", false},
    Architecture{"Qwen2ForCausalLM", HfFamily::Qwen2, "qwen2", false},
    Architecture{"Qwen3ForCausalLM", HfFamily::Qwen3, "qwen3", false},
    Architecture{"Gemma3ForCausalLM", HfFamily::Gemma3, "gemma3", false},
    Architecture{"Gemma3ForConditionalGeneration", HfFamily::Gemma3, "gemma3", true},
    Architecture{"Gemma4ForCausalLM", HfFamily::Gemma4, "gemma4", false},
    Architecture{"Gemma4ForConditionalGeneration", HfFamily::Gemma4, "gemma4", true},
};

bool is_gemma(HfFamily family) { return family == HfFamily::Gemma3 || family == HfFamily::Gemma4; }

// Members of an object, each checked as it is read. A null counts as missing.
class Members {
 public:
  explicit Members(const Json& object) : object_(object) {}

  const Json* find(std::string_view name) const {
    const auto at = object_.find(name);
    return at == object_.end() || at->is_null() ? nullptr : &*at;
  }

  Result<std::uint64_t> size(std::string_view name, std::uint64_t max,
                             std::optional<std::uint64_t> otherwise = {}) const {
    const Json* value = find(name);
    if (value == nullptr && otherwise) return *otherwise;
    if (value == nullptr) return fail(Code::Corrupt, fmt::format("\"{}\" is missing", name));
    if (!value->is_number_unsigned())
      return fail(Code::Corrupt, fmt::format("\"{}\": expected a whole number", name));
    const auto number = value->get<std::uint64_t>();
    if (number == 0 || number > max) {
      return fail(Code::Unsupported,
                  fmt::format("\"{}\" is {}; 1 to {} are converted", name, number, max));
    }
    return number;
  }

  // As size(), but 0 is a value, and the one for a missing member.
  Result<std::uint64_t> count(std::string_view name, std::uint64_t max) const {
    const Json* value = find(name);
    if (value == nullptr || *value == 0) return std::uint64_t{0};
    return size(name, max);
  }

  Result<std::optional<double>> real(std::string_view name) const {
    const Json* value = find(name);
    if (value == nullptr) return std::nullopt;
    if (!value->is_number() || !(value->get<double>() > 0) || !std::isfinite(value->get<double>()))
      return fail(Code::Corrupt, fmt::format("\"{}\": expected a number above 0", name));
    return value->get<double>();
  }

  Result<bool> flag(std::string_view name, bool otherwise) const {
    const Json* value = find(name);
    if (value == nullptr) return otherwise;
    if (value->is_boolean()) return value->get<bool>();
    return fail(Code::Corrupt, fmt::format("\"{}\": expected true or false", name));
  }

  Result<std::string> text(std::string_view name, std::string_view otherwise) const {
    const Json* value = find(name);
    if (value == nullptr) return std::string(otherwise);
    if (value->is_string()) return value->get<std::string>();
    return fail(Code::Corrupt, fmt::format("\"{}\": expected a string", name));
  }

 private:
  const Json& object_;
};

Result<Architecture> architecture_of(const Json& json) {
  const auto list = json.find("architectures");
  const bool named =
      list != json.end() && list->is_array() && list->size() == 1 && (*list)[0].is_string();
  if (!named) return fail(Code::Corrupt, "\"architectures\": expected a list of one name");
  const auto name = (*list)[0].get<std::string>();
  for (const Architecture& each : kArchitectures)
    if (each.name == name) return each;
  return fail(Code::Unsupported, fmt::format("the architecture \"{}\" is not converted", name),
              "these are: " + convertible_architectures());
}

Result<void> read_sizes(const Members& in, HfConfig& out) {
  out.layers = TRY(in.size("num_hidden_layers", limits::kModelLayersMax));
  out.hidden = TRY(in.size("hidden_size", limits::kModelEmbeddingMax));
  out.feed_forward = TRY(in.size("intermediate_size", limits::kModelEmbeddingMax));
  out.heads = TRY(in.size("num_attention_heads", limits::kModelHeadsMax));
  out.kv_heads = TRY(in.size("num_key_value_heads", limits::kModelHeadsMax, out.heads));
  out.vocabulary = TRY(in.size("vocab_size", limits::kTokensMax));
  out.context = TRY(in.size("max_position_embeddings", limits::kModelContextMax));
  if (in.find("head_dim") == nullptr && out.hidden % out.heads != 0)
    return fail(Code::Corrupt, "\"hidden_size\" is no multiple of \"num_attention_heads\"");
  out.head_size = TRY(in.size("head_dim", limits::kModelEmbeddingMax,
                              std::max<std::uint64_t>(1, out.hidden / out.heads)));
  if (out.heads % out.kv_heads != 0 || out.head_size % 2 != 0)
    return fail(Code::Corrupt,
                "heads do not share key and value heads evenly, or have an odd size");
  const std::optional<double> epsilon = TRY(in.real("rms_norm_eps"));
  if (!epsilon) return fail(Code::Corrupt, "\"rms_norm_eps\" is missing");
  out.norm_epsilon = *epsilon;
  return {};
}

Result<RopeScaling> read_scaling(const Members& in) {
  RopeScaling out;
  const std::string kind = TRY(in.text("rope_type", TRY(in.text("type", "default"))));
  out.factor = TRY(in.real("factor")).value_or(1);
  if (kind == "default" || kind == "proportional") return out;
  if (kind == "linear") {
    out.kind = RopeScaling::Kind::Linear;
    return out;
  }
  if (kind != "yarn" && kind != "llama3") {
    return fail(Code::Unsupported, fmt::format("the type \"{}\" is not converted", kind),
                "default, linear, yarn and llama3 are");
  }
  out.kind = kind == "yarn" ? RopeScaling::Kind::Yarn : RopeScaling::Kind::Llama3;
  out.original_context = TRY(in.size("original_max_position_embeddings", limits::kModelContextMax));
  out.low_freq_factor = TRY(in.real("low_freq_factor")).value_or(1);
  out.high_freq_factor = TRY(in.real("high_freq_factor")).value_or(4);
  out.attention_factor = TRY(in.real("attention_factor"));
  out.beta_fast = TRY(in.real("beta_fast"));
  out.beta_slow = TRY(in.real("beta_slow"));
  return out;
}

// Old files have "rope_theta" and "rope_scaling", newer ones "rope_parameters", for Gemma one for
// each kind of layer.
Result<void> read_rope(const Members& in, HfConfig& out) {
  static const Json kNone = Json::object();
  const Json* parameters = in.find("rope_parameters");
  if (parameters == nullptr) parameters = in.find("rope_scaling");
  if (parameters == nullptr) parameters = &kNone;
  if (!parameters->is_object())
    return fail(Code::Corrupt, "\"rope_parameters\": expected an object");
  const Json* full = parameters;
  if (const Json* each = Members(*parameters).find("full_attention")) full = each;
  if (!full->is_object()) return fail(Code::Corrupt, "\"full_attention\": expected an object");
  out.rope = TRY(read_scaling(Members(*full)), "\"rope_parameters\"");
  const std::optional<double> theta = TRY(Members(*full).real("rope_theta"));
  const std::optional<double> old = TRY(in.real("rope_theta"));
  out.rope_theta = theta ? *theta : old.value_or(is_gemma(out.family) ? 1'000'000 : 10'000);
  out.rotated_part = TRY(Members(*full).real("partial_rotary_factor")).value_or(1);
  out.rope_theta_sliding = TRY(in.real("rope_local_base_freq"));
  if (const Json* sliding = Members(*parameters).find("sliding_attention");
      sliding != nullptr && sliding->is_object())
    out.rope_theta_sliding = TRY(Members(*sliding).real("rope_theta"));
  return {};
}

// What these architectures may have, but the conversion has no counterpart of.
Result<void> check_features(const Members& in, const HfConfig& config) {
  if (in.find("quantization_config") != nullptr || in.find("quantization") != nullptr) {
    return fail(Code::Unsupported, "the model is quantised already",
                "convert the model that it was made from");
  }
  const std::string want = is_gemma(config.family) ? "gelu_pytorch_tanh" : "silu";
  const std::string act =
      TRY(in.text(is_gemma(config.family) ? "hidden_activation" : "hidden_act", want));
  if (act != want) {
    return fail(Code::Unsupported, fmt::format("the activation \"{}\"; {} has \"{}\"", act,
                                               config.architecture, want));
  }
  for (const std::string_view experts : {"num_local_experts", "num_experts"}) {
    if (TRY(in.count(experts, UINT64_MAX)) > 0)
      return fail(Code::Unsupported, fmt::format("\"{}\": experts are not converted", experts));
  }
  for (const std::string_view switched : {"use_sliding_window", "enable_moe_block"}) {
    if (TRY(in.flag(switched, false)))
      return fail(Code::Unsupported, fmt::format("\"{}\" is not converted", switched));
  }
  if (in.find("attn_logit_softcapping") != nullptr)
    return fail(Code::Unsupported, "\"attn_logit_softcapping\" is not converted");
  return {};
}

Result<void> read_layer_types(const Members& in, HfConfig& out) {
  const Json* types = in.find("layer_types");
  if (types == nullptr) return {};
  if (!types->is_array() || types->size() != out.layers)
    return fail(Code::Corrupt, "\"layer_types\": expected one for each layer");
  for (const Json& type : *types) {
    if (type != "sliding_attention" && type != "full_attention")
      return fail(Code::Unsupported, fmt::format("\"layer_types\": {}", type.dump()));
    out.sliding.push_back(type == "sliding_attention");
  }
  return {};
}

// What the engine does not read from the file but knows of a Gemma 3.
Result<void> check_gemma3(const Members& in, const HfConfig& config) {
  constexpr std::uint64_t kPattern = 6;   // every sixth layer sees everything
  constexpr std::uint64_t kLargest = 62;  // the layers of the one whose queries scale otherwise
  const std::uint64_t pattern =
      TRY(in.size("sliding_window_pattern", limits::kModelLayersMax, kPattern));
  bool usual = pattern == kPattern;
  for (std::uint64_t i = 0; i < config.sliding.size(); ++i)
    usual = usual && config.sliding[i] == ((i + 1) % kPattern != 0);
  if (!usual) {
    return fail(Code::Unsupported,
                "\"layer_types\": a Gemma 3 whose sixth layers are not the full ones");
  }
  const std::uint64_t want =
      config.layers == kLargest ? config.hidden / config.heads : config.head_size;
  const std::optional<double> scalar = TRY(in.real("query_pre_attn_scalar"));
  if (!scalar || *scalar == static_cast<double>(want)) return {};
  return fail(Code::Unsupported,
              fmt::format("\"query_pre_attn_scalar\" is {}; the engine has {}", *scalar, want));
}

Result<void> read_gemma(const Members& in, HfConfig& out) {
  out.sliding_window = TRY(in.size("sliding_window", limits::kModelContextMax));
  out.final_softcap = TRY(in.real("final_logit_softcapping"));
  TRY(read_layer_types(in, out));
  if (out.family == HfFamily::Gemma3) return check_gemma3(in, out);
  if (out.sliding.empty()) return fail(Code::Corrupt, "\"layer_types\" is missing");
  out.head_size_full = TRY(in.size("global_head_dim", limits::kModelEmbeddingMax, out.head_size));
  out.kv_heads_full =
      TRY(in.size("num_global_key_value_heads", limits::kModelHeadsMax, out.kv_heads));
  out.shared_kv_layers = TRY(in.count("num_kv_shared_layers", out.layers));
  out.per_layer_size = TRY(in.count("hidden_size_per_layer_input", limits::kModelEmbeddingMax));
  out.per_layer_vocabulary =
      TRY(in.size("vocab_size_per_layer_input", limits::kTokensMax, out.vocabulary));
  out.double_wide = TRY(in.flag("use_double_wide_mlp", false));
  out.keys_are_values = TRY(in.flag("attention_k_eq_v", false));
  if (out.rotated_part > 1 || out.head_size_full % 2 != 0)
    return fail(Code::Corrupt, "\"partial_rotary_factor\" or \"global_head_dim\" is out of bounds");
  return {};
}

Result<HfConfig> read_config(Json json) {
  if (!json.is_object()) return fail(Code::Corrupt, "expected an object");
  const Architecture architecture = TRY(architecture_of(json));
  HfConfig out;
  out.family = architecture.family;
  out.architecture = architecture.gguf;
  out.nested = architecture.nested;
  out.json = std::move(json);
  const Json* text = &out.json;
  if (out.nested) text = TRY(codec::object_member(out.json, "text_config"));
  const Members in(*text);
  TRY(check_features(in, out));
  TRY(read_sizes(in, out));
  TRY(read_rope(in, out));
  out.tied = TRY(in.flag("tie_word_embeddings",
                         TRY(Members(out.json).flag("tie_word_embeddings", is_gemma(out.family)))));
  if (is_gemma(out.family)) TRY(read_gemma(in, out));
  // Mistral 7B v0.1: within its window, it sees everything.
  if (out.family == HfFamily::Mistral)
    out.context = std::min(out.context,
                           TRY(in.size("sliding_window", limits::kModelContextMax, out.context)));
  return out;
}

Result<HfConfig> read_file_config(Json json) {
  Result<HfConfig> config = read_config(std::move(json));
  if (config) return config;
  return std::unexpected(as_file_error(std::move(config).error()));
}

}  // namespace

std::uint64_t HfConfig::head_size_of(std::uint64_t layer) const {
  return family == HfFamily::Gemma4 && !slides(layer) ? head_size_full : head_size;
}

std::uint64_t HfConfig::kv_heads_of(std::uint64_t layer) const {
  return family == HfFamily::Gemma4 && !slides(layer) ? kv_heads_full : kv_heads;
}

std::uint64_t HfConfig::feed_forward_of(std::uint64_t layer) const {
  return double_wide && shares_kv(layer) ? 2 * feed_forward : feed_forward;
}

Result<HfConfig> parse_hf_config(std::string_view text) {
  return read_file_config(TRY(parse_file_json(text)));
}

Result<HfConfig> parse_hf_shapes(std::string_view text) {
  Json json = TRY(parse_file_json(text));
  if (!json.is_object()) return read_file_config(std::move(json));  // says so
  for (const std::string_view of_weights : {"quantization", "quantization_config"}) {
    json.erase(of_weights);
    if (const auto inner = json.find("text_config"); inner != json.end() && inner->is_object())
      inner->erase(of_weights);
  }
  return read_file_config(std::move(json));
}

std::string_view architecture_of_gguf(std::string_view name) {
  for (const Architecture& each : kArchitectures)
    if (each.gguf == name) return each.name;
  return "";
}

std::string convertible_architectures() {
  std::string list;
  for (const Architecture& each : kArchitectures) {
    if (!list.empty()) list += ", ";
    list += each.name;
  }
  return list;
}

}  // namespace tegula::tensor

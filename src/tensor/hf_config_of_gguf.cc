#include "tensor/hf_config_of_gguf.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "base/limits.h"

namespace tegula::tensor {
namespace {

struct Architecture {
  std::string_view name;
  HfFamily family;
};

// Gemma 4 differs by layer in ways that the file says in part only.
constexpr std::array kArchitectures = {
    Architecture{"llama", HfFamily::Llama},
    Architecture{"qwen2", HfFamily::Qwen2},
    Architecture{"qwen3", HfFamily::Qwen3},
    Architecture{"gemma3", HfFamily::Gemma3},
};

std::string known_architectures() {
  std::string out;
  for (const Architecture& each : kArchitectures)
    out += (out.empty() ? "" : ", ") + std::string(each.name);
  return out;
}

// The keys of one architecture, each checked as it is read.
class Keys {
 public:
  Keys(const Gguf& gguf, std::string_view architecture)
      : gguf_(gguf), prefix_(std::string(architecture) + ".") {}

  const GgufValue* find(std::string_view name) const {
    return gguf_.find(prefix_ + std::string(name));
  }

  // A number, or one for each layer that are all the same.
  Result<std::uint64_t> size(std::string_view name, std::uint64_t max,
                             std::optional<std::uint64_t> otherwise = {}) const {
    const GgufValue* const value = find(name);
    if (value == nullptr && otherwise) return *otherwise;
    if (value == nullptr) return bad(name, "is missing");
    const std::optional<std::uint64_t> number =
        value->is_array() ? TRY(same_item(name, *value)) : value->as_uint();
    if (!number || *number == 0 || *number > max)
      return bad(name, fmt::format("expected 1 to {}", max));
    return *number;
  }

  Result<std::optional<double>> real(std::string_view name) const {
    const GgufValue* const value = find(name);
    if (value == nullptr) return std::nullopt;
    const std::optional<double> number = value->as_double();
    if (number && *number > 0 && std::isfinite(*number)) return number;
    return bad(name, "expected a number above 0");
  }

  // The same, where 0 stands for none.
  Result<std::optional<double>> real_if_set(std::string_view name) const {
    const GgufValue* const value = find(name);
    if (value != nullptr && value->as_double() == 0) return std::nullopt;
    return real(name);
  }

  std::unexpected<Error> bad(std::string_view name, std::string_view what) const {
    return fail(Code::Corrupt, fmt::format("key \"{}{}\": {}", prefix_, name, what));
  }

  std::unexpected<Error> unsupported(std::string_view name, std::string_view what) const {
    return fail(Code::Unsupported,
                fmt::format("key \"{}{}\": {} are not converted", prefix_, name, what));
  }

 private:
  Result<std::optional<std::uint64_t>> same_item(std::string_view name,
                                                 const GgufValue& value) const {
    const std::optional<std::uint64_t> first = value.uint_item(0);
    for (std::uint64_t i = 1; i < value.count; ++i) {
      if (value.uint_item(i) != first) return unsupported(name, "layers of different sizes");
    }
    return first;
  }

  const Gguf& gguf_;
  const std::string prefix_;
};

Result<Architecture> architecture_of(const Gguf& gguf) {
  const GgufValue* const value = gguf.find("general.architecture");
  const std::string_view name =
      value == nullptr ? std::string_view() : value->as_text().value_or(std::string_view());
  for (const Architecture& each : kArchitectures)
    if (each.name == name) return each;
  return fail(Code::Unsupported,
              fmt::format("a GGUF file of the architecture \"{}\" is not converted", name),
              "these are: " + known_architectures());
}

Result<void> read_heads(const Keys& in, HfConfig& out) {
  out.heads = TRY(in.size("attention.head_count", limits::kModelHeadsMax));
  out.kv_heads = TRY(in.size("attention.head_count_kv", limits::kModelHeadsMax, out.heads));
  const bool says_size = in.find("attention.key_length") != nullptr;
  if (!says_size && out.hidden % out.heads != 0)
    return in.bad("embedding_length", "is no multiple of the number of heads");
  const std::uint64_t usual = std::max<std::uint64_t>(1, out.hidden / out.heads);
  out.head_size = TRY(in.size("attention.key_length", limits::kModelEmbeddingMax, usual));
  const std::uint64_t values =
      TRY(in.size("attention.value_length", limits::kModelEmbeddingMax, out.head_size));
  if (values != out.head_size)
    return in.unsupported("attention.value_length", "keys and values of different sizes");
  if (out.heads % out.kv_heads != 0 || out.head_size % 2 != 0)
    return in.bad("attention.head_count",
                  "heads do not share key and value heads evenly, or have an odd size");
  return {};
}

Result<void> read_rope(const Keys& in, HfConfig& out) {
  out.rope_theta = TRY(in.real("rope.freq_base")).value_or(10'000);
  out.rope_theta_sliding = TRY(in.real("rope.freq_base_swa"));
  // Without a type, the engine takes a factor for a linear one.
  const GgufValue* const type = in.find("rope.scaling.type");
  const std::string_view kind =
      type == nullptr ? "linear" : type->as_text().value_or(std::string_view());
  if (kind == "none") return {};
  if (kind != "linear" && kind != "yarn")
    return in.unsupported("rope.scaling.type", fmt::format("positions of the type \"{}\"", kind));
  out.rope.factor = TRY(in.real_if_set("rope.scaling.factor")).value_or(1);
  if (kind == "linear") {
    if (out.rope.factor != 1) out.rope.kind = RopeScaling::Kind::Linear;
    return {};
  }
  out.rope.kind = RopeScaling::Kind::Yarn;
  out.rope.original_context =
      TRY(in.size("rope.scaling.original_context_length", limits::kModelContextMax, out.context));
  out.rope.attention_factor = TRY(in.real_if_set("rope.scaling.yarn_attn_factor"));
  out.rope.beta_fast = TRY(in.real_if_set("rope.scaling.yarn_beta_fast"));
  out.rope.beta_slow = TRY(in.real_if_set("rope.scaling.yarn_beta_slow"));
  return {};
}

Result<void> check_features(const Keys& in) {
  const GgufValue* const experts = in.find("expert_count");
  if (experts != nullptr && experts->as_uint() != 0)
    return in.unsupported("expert_count", "models with experts");
  return {};
}

Result<void> read_sizes(const Gguf& gguf, const Keys& in, HfConfig& out) {
  out.layers = TRY(in.size("block_count", limits::kModelLayersMax));
  out.hidden = TRY(in.size("embedding_length", limits::kModelEmbeddingMax));
  out.feed_forward = TRY(in.size("feed_forward_length", limits::kModelEmbeddingMax));
  out.context = TRY(in.size("context_length", limits::kModelContextMax));
  const GgufTensor* const embedding = gguf.find_tensor("token_embd.weight");
  if (embedding == nullptr || embedding->shape[0] != out.hidden ||
      embedding->shape[1] > limits::kTokensMax)
    return fail(Code::Corrupt, "tensor \"token_embd.weight\": missing, or of another size");
  out.vocabulary = embedding->shape[1];
  out.tied = gguf.find_tensor("output.weight") == nullptr;
  const std::optional<double> epsilon = TRY(in.real("attention.layer_norm_rms_epsilon"));
  if (!epsilon) return in.bad("attention.layer_norm_rms_epsilon", "is missing");
  out.norm_epsilon = *epsilon;
  return {};
}

}  // namespace

Result<HfConfig> hf_config_of(const Gguf& gguf) {
  const Architecture architecture = TRY(architecture_of(gguf));
  const Keys in(gguf, architecture.name);
  HfConfig out;
  out.family = architecture.family;
  out.architecture = architecture.name;
  TRY(check_features(in));
  TRY(read_sizes(gguf, in, out));
  TRY(read_heads(in, out));
  TRY(read_rope(in, out));
  if (gguf.find_tensor("rope_freqs.weight") != nullptr) {
    // The factors are in the tensor, the numbers they were made from are nowhere: rope_factors.h.
    out.rope.kind = RopeScaling::Kind::Llama3;
  }
  if (out.family == HfFamily::Gemma3) {
    out.sliding_window = TRY(in.size("attention.sliding_window", limits::kModelContextMax));
    out.final_softcap = TRY(in.real_if_set("final_logit_softcapping"));
  }
  return out;
}

}  // namespace tegula::tensor

#include "tensor/model_check.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "base/check.h"

namespace tegula::tensor {
namespace {

constexpr std::string_view kLoraA = ".lora_a";
constexpr std::string_view kLoraB = ".lora_b";
constexpr std::string_view kNormSuffix = "_norm.weight";

// Tokens with a meaning of their own; 2^32-1 stands for "none" in files of some converters.
constexpr std::array<std::string_view, 18> kTokenIdKeys = {
    "tokenizer.ggml.bos_token_id",     "tokenizer.ggml.eos_token_id",
    "tokenizer.ggml.eot_token_id",     "tokenizer.ggml.eom_token_id",
    "tokenizer.ggml.unknown_token_id", "tokenizer.ggml.seperator_token_id",
    "tokenizer.ggml.padding_token_id", "tokenizer.ggml.cls_token_id",
    "tokenizer.ggml.mask_token_id",    "tokenizer.ggml.fim_pre_token_id",
    "tokenizer.ggml.fim_suf_token_id", "tokenizer.ggml.fim_mid_token_id",
    "tokenizer.ggml.fim_pad_token_id", "tokenizer.ggml.fim_rep_token_id",
    "tokenizer.ggml.fim_sep_token_id", "tokenizer.ggml.prefix_token_id",
    "tokenizer.ggml.suffix_token_id",  "tokenizer.ggml.middle_token_id",
};
constexpr std::uint64_t kNoToken = std::numeric_limits<std::uint32_t>::max();

std::unexpected<Error> bad_key(std::string_view key, std::string_view what) {
  return fail(Code::Corrupt, fmt::format("key \"{}\": {}", key, what));
}

std::unexpected<Error> bad_tensor(Code code, std::string_view name, std::string_view what) {
  return fail(code, fmt::format("tensor \"{}\": {}", name, what));
}

// The text of an optional key; empty if absent, Corrupt if it is no string.
Result<std::string_view> text_of_key(const Gguf& gguf, std::string_view key) {
  const GgufValue* value = gguf.find(key);
  if (value == nullptr) return std::string_view();
  const std::optional<std::string_view> text = value->as_text();
  if (!text)
    return bad_key(key, fmt::format("expected a string, got {}", gguf_type_name(value->type)));
  return *text;
}

bool is_architecture_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == '.';
}

Result<std::string_view> architecture_of(const Gguf& gguf) {
  constexpr std::string_view kKey = "general.architecture";
  if (gguf.find(kKey) == nullptr) {
    return fail(Code::Corrupt, fmt::format("key \"{}\" is missing", kKey),
                "the file does not say what model it is; convert the model again");
  }
  const std::string_view name = TRY(text_of_key(gguf, kKey));
  if (name.empty() || name.size() > limits::kArchitectureCharsMax ||
      !std::ranges::all_of(name, is_architecture_char)) {
    return bad_key(kKey, fmt::format("expected 1 to {} letters, digits, '-', '_' or '.'",
                                     limits::kArchitectureCharsMax));
  }
  return name;
}

Result<void> refuse_split(const Gguf& gguf) {
  const GgufValue* count_value = gguf.find("split.count");
  if (count_value == nullptr) return {};
  const std::optional<std::uint64_t> count = count_value->as_uint();
  if (!count) return bad_key("split.count", "expected a number");
  if (*count <= 1) return {};
  const GgufValue* part = gguf.find("split.no");
  const std::uint64_t number = part == nullptr ? 0 : part->as_uint().value_or(0);
  return fail(Code::Unsupported,
              fmt::format("this is part {} of a model in {} files", number + 1, *count),
              "FROM takes the first part's path, and finds the others beside it");
}

std::unexpected<Error> refuse_vocabulary(const Gguf& gguf, std::string_view architecture) {
  const GgufValue* tokens = gguf.find("tokenizer.ggml.tokens");
  const std::string what =
      tokens == nullptr
          ? fmt::format("the file has metadata of a \"{}\" model and no tensors", architecture)
          : fmt::format("this is a vocabulary only: {} tokens of a \"{}\" model and no tensors",
                        tokens->count, architecture);
  return fail(Code::Unsupported, what + ", so there is nothing to run",
              "give the model file itself; vocabulary files serve to test tokenizers");
}

// A u32 that must be there; the engine reads no other type.
Result<std::uint64_t> required_u32(const Gguf& gguf, const std::string& key, std::uint64_t min,
                                   std::uint64_t max) {
  const GgufValue* value = gguf.find(key);
  if (value == nullptr) {
    return fail(Code::Corrupt, fmt::format("key \"{}\" is missing", key),
                "the engine needs it; convert the model again with a current llama.cpp");
  }
  if (value->type != GgufType::U32)
    return bad_key(key, fmt::format("expected a u32, got {}", gguf_type_name(value->type)));
  const std::uint64_t number = value->as_uint().value_or(0);
  if (number < min || number > max)
    return bad_key(key, fmt::format("expected {} to {}, got {}", min, max, number));
  return number;
}

// An optional number, or one a layer.
Result<void> check_per_layer(const Gguf& gguf, const std::string& key, std::uint64_t layers,
                             std::uint64_t max) {
  const GgufValue* value = gguf.find(key);
  if (value == nullptr) return {};
  if (!value->is_array()) {
    const std::optional<std::uint64_t> number = value->as_uint();
    if (!number || *number > max)
      return bad_key(key, fmt::format("expected a number of at most {}", max));
    return {};
  }
  if (value->count != layers) {
    return bad_key(
        key, fmt::format("expected a number for each of {} layers, got {}", layers, value->count));
  }
  for (std::uint64_t i = 0; i < value->count; ++i) {
    const std::optional<std::uint64_t> number = value->uint_item(i);
    if (!number || *number > max)
      return bad_key(key, fmt::format("layer {}: expected a number of at most {}", i, max));
  }
  return {};
}

// A NaN here is a NaN in every answer, or a crash. Of others nobody knows: sound files have some.
bool must_be_finite(const GgufValue& value, const std::string& prefix) {
  const bool is_float = value.type == GgufType::F32 || value.type == GgufType::F64;
  return is_float && value.key.starts_with(prefix) &&
         (value.key.ends_with("_epsilon") || value.key.starts_with(prefix + "rope."));
}

Result<void> check_finite(const Gguf& gguf, const std::string& prefix) {
  for (const GgufValue& value : gguf.values()) {
    if (!must_be_finite(value, prefix)) continue;
    if (!std::isfinite(value.as_double().value_or(NAN)))
      return bad_key(value.key, "expected a finite number");
  }
  return {};
}

Result<void> check_tokenizer(const Gguf& gguf) {
  constexpr std::string_view kKey = "tokenizer.ggml.model";
  const std::string_view name = TRY(text_of_key(gguf, kKey));
  if (!name.empty()) return {};
  return fail(Code::Corrupt, fmt::format("key \"{}\" is missing", kKey),
              "the file does not say how to read text; convert the model again");
}

Result<void> check_tokens(const Gguf& gguf) {
  const GgufValue* tokens = gguf.find("tokenizer.ggml.tokens");
  if (tokens == nullptr) return {};
  if (!tokens->is_array() || tokens->item_type != GgufType::Text || tokens->count == 0)
    return bad_key(tokens->key, "expected an array of strings, not empty");
  for (const std::string_view key : {"tokenizer.ggml.scores", "tokenizer.ggml.token_type"}) {
    const GgufValue* other = gguf.find(key);
    if (other == nullptr) continue;
    const bool scores = key.ends_with("scores");
    if (!other->is_array() || other->item_type != (scores ? GgufType::F32 : GgufType::I32))
      return bad_key(key, scores ? "expected an array of f32" : "expected an array of i32");
    if (other->count != tokens->count) {
      return bad_key(key, fmt::format("has {} items for {} tokens", other->count, tokens->count));
    }
  }
  for (const std::string_view key : kTokenIdKeys) {
    const GgufValue* id_value = gguf.find(key);
    if (id_value == nullptr) continue;
    const std::optional<std::uint64_t> id = id_value->as_uint();
    if (!id) return bad_key(key, "expected a number");
    if (*id >= tokens->count && *id != kNoToken)
      return bad_key(key, fmt::format("token {} of a vocabulary of {}", *id, tokens->count));
  }
  return {};
}

// tokenizer.chat_template, and tokenizer.chat_template.<name> for named ones.
Result<void> check_templates(const Gguf& gguf) {
  for (const GgufValue& value : gguf.values()) {
    if (!value.key.starts_with("tokenizer.chat_template") || value.is_array()) continue;
    if (!value.as_text()) return bad_key(value.key, "expected a string");
    if (value.text.size() > limits::kChatTemplateBytesMax) {
      return fail(Code::Unsupported,
                  fmt::format("key \"{}\": has {} bytes, at most {} are read", value.key,
                              value.text.size(), limits::kChatTemplateBytesMax));
    }
  }
  return {};
}

Result<void> check_as_model(const Gguf& gguf, std::string_view architecture) {
  const std::string prefix = std::string(architecture) + ".";
  TRY(required_u32(gguf, prefix + "context_length", 1, limits::kModelContextMax));
  TRY(required_u32(gguf, prefix + "embedding_length", 1, limits::kModelEmbeddingMax));
  const std::uint64_t layers =
      TRY(required_u32(gguf, prefix + "block_count", 1, limits::kModelLayersMax));
  TRY(check_per_layer(gguf, prefix + "attention.head_count", layers, limits::kModelHeadsMax));
  TRY(check_per_layer(gguf, prefix + "attention.head_count_kv", layers, limits::kModelHeadsMax));
  TRY(check_per_layer(gguf, prefix + "feed_forward_length", layers, kNoToken));
  TRY(check_finite(gguf, prefix));
  TRY(check_tokenizer(gguf));
  TRY(check_tokens(gguf));
  return check_templates(gguf);
}

// The shape that adapter pairs must have: a is [in, rank], b is [rank, out].
Result<void> check_pair(const GgufTensor& a, const GgufTensor& b) {
  if (a.dimensions > 3 || b.dimensions > 3 || a.shape[2] != b.shape[2])
    return bad_tensor(Code::Corrupt, a.name, "is not a matrix that goes with its .lora_b");
  const std::uint64_t rank_b = b.shape[0];
  if (a.shape[1] != rank_b) {
    return bad_tensor(Code::Corrupt, a.name,
                      fmt::format("has rank {}, its .lora_b has rank {}", a.shape[1], rank_b));
  }
  if (rank_b > limits::kModelRankMax)
    return bad_tensor(Code::Unsupported, a.name, fmt::format("has rank {}", rank_b));
  return {};
}

// Of the embedding the engine wants both flipped: a is [rank, tokens], b is [rank, width].
Result<void> check_embedding_pair(const GgufTensor& a, const GgufTensor& b) {
  if (a.shape[0] == b.shape[0]) return {};
  return bad_tensor(Code::Corrupt, a.name,
                    fmt::format("has rank {}, its .lora_b has rank {}", a.shape[0], b.shape[0]));
}

Result<const GgufTensor*> partner(const Gguf& gguf, const GgufTensor& tensor, std::string_view base,
                                  std::string_view suffix) {
  const GgufTensor* other = gguf.find_tensor(std::string(base) + std::string(suffix));
  if (other == nullptr)
    return bad_tensor(Code::Corrupt, tensor.name, fmt::format("has no {} beside it", suffix));
  return other;
}

bool is_embedding(std::string_view base) { return base.ends_with("token_embd.weight"); }

Result<void> check_adapter_tensor(const Gguf& gguf, const GgufTensor& tensor) {
  const std::string_view name = tensor.name;
  const std::string_view base = name.substr(0, name.size() - std::min(name.size(), kLoraA.size()));
  if (name.ends_with(kLoraB)) {
    TRY(partner(gguf, tensor, base, kLoraA));
    return {};
  }
  if (name.ends_with(kLoraA)) {
    const GgufTensor& b = *TRY(partner(gguf, tensor, base, kLoraB));
    return is_embedding(base) ? check_embedding_pair(tensor, b) : check_pair(tensor, b);
  }
  if (name.ends_with(kNormSuffix)) return {};
  return bad_tensor(Code::Corrupt, name, "expected a name that ends in .lora_a or .lora_b");
}

Result<void> check_as_adapter(const Gguf& gguf) {
  const std::string_view type = TRY(text_of_key(gguf, "adapter.type"));
  if (type != "lora") {
    return fail(Code::Unsupported,
                fmt::format("key \"adapter.type\": expected \"lora\", got \"{}\"", type));
  }
  constexpr std::string_view kAlpha = "adapter.lora.alpha";
  const GgufValue* alpha = gguf.find(kAlpha);  // without one, the engine scales by 1
  if (alpha != nullptr &&
      (alpha->type != GgufType::F32 || !std::isfinite(alpha->as_double().value_or(NAN))))
    return bad_key(kAlpha, "expected a finite f32");
  for (const GgufTensor& tensor : gguf.tensors()) TRY(check_adapter_tensor(gguf, tensor));
  return {};
}

Result<ModelFileKind> kind_of(const Gguf& gguf, std::string_view architecture) {
  const std::string_view type = TRY(text_of_key(gguf, "general.type"));
  if (type == "adapter") return ModelFileKind::Adapter;
  if (type == "mmproj" || type == "projector" || architecture == "clip")
    return ModelFileKind::Projector;
  if (type.empty() || type == "model") return ModelFileKind::Model;
  if (type == "vocab") return refuse_vocabulary(gguf, architecture);
  if (type == "imatrix")
    return fail(Code::Unsupported, "this is an importance matrix, an aid of quantisation",
                "give the model file itself");
  return fail(Code::Unsupported,
              fmt::format("key \"general.type\": expected \"model\", \"adapter\" or \"mmproj\", "
                          "got \"{}\"",
                          type));
}

Result<ModelFileKind> check_unprefixed(const Gguf& gguf) {
  const std::string_view architecture = TRY(architecture_of(gguf));
  TRY(refuse_split(gguf));
  const ModelFileKind kind = TRY(kind_of(gguf, architecture));
  if (gguf.tensors().empty()) return refuse_vocabulary(gguf, architecture);
  switch (kind) {
    case ModelFileKind::Model: TRY(check_as_model(gguf, architecture)); break;
    case ModelFileKind::Adapter: TRY(check_as_adapter(gguf)); break;
    case ModelFileKind::Projector: break;
  }
  return kind;
}

Result<void> check_is(const Gguf& gguf, ModelFileKind want) {
  const ModelFileKind kind = TRY(check_model_file(gguf));
  if (kind == want) return {};
  return fail(Code::InvalidArgument,
              fmt::format("gguf: expected a file of kind {}, this is of kind {}", kind_name(want),
                          kind_name(kind)));
}

Result<void> check_pair_fits(const GgufTensor& a, const GgufTensor& b, const GgufTensor& target) {
  const bool embedding = is_embedding(target.name);
  const std::uint64_t in = embedding ? b.shape[1] : a.shape[0];
  const std::uint64_t out = embedding ? a.shape[1] : b.shape[1];
  if (target.shape[0] == in && target.shape[1] == out) return {};
  return bad_tensor(Code::InvalidArgument, a.name,
                    fmt::format("is made for {}x{}, the model's is {}x{}", in, out, target.shape[0],
                                target.shape[1]));
}

Result<void> check_fits_unprefixed(const Gguf& adapter, const Gguf& model) {
  const std::string_view theirs = TRY(architecture_of(adapter));
  const std::string_view ours = TRY(architecture_of(model));
  if (theirs != ours) {
    return fail(Code::InvalidArgument,
                fmt::format("it is for \"{}\" models, this is a \"{}\" model", theirs, ours));
  }
  for (const GgufTensor& a : adapter.tensors()) {
    if (!a.name.ends_with(kLoraA)) continue;
    const std::string_view base = std::string_view(a.name).substr(0, a.name.size() - kLoraA.size());
    const GgufTensor* target = model.find_tensor(base);
    if (target == nullptr)
      return bad_tensor(Code::InvalidArgument, a.name, "the model has nothing of that name");
    const GgufTensor& b = *TRY(partner(adapter, a, base, kLoraB));
    TRY(check_pair_fits(a, b, *target));
  }
  return {};
}

}  // namespace

std::string_view kind_name(ModelFileKind kind) {
  switch (kind) {
    case ModelFileKind::Model: return "model";
    case ModelFileKind::Adapter: return "adapter";
    case ModelFileKind::Projector: return "projector";
  }
  return "";
}

Result<ModelFileKind> check_model_file(const Gguf& gguf) {
  return TRY(check_unprefixed(gguf), "gguf");
}

Result<void> check_model(const Gguf& gguf) { return check_is(gguf, ModelFileKind::Model); }
Result<void> check_adapter(const Gguf& gguf) { return check_is(gguf, ModelFileKind::Adapter); }
Result<void> check_projector(const Gguf& gguf) { return check_is(gguf, ModelFileKind::Projector); }

Result<void> check_adapter_fits(const Gguf& adapter, const Gguf& model) {
  Result<void> result = check_fits_unprefixed(adapter, model);
  if (result) return {};
  Error error = std::move(result).error().within("adapter does not fit");
  if (error.hint.empty()) error.hint = "use the base model that the adapter was trained on";
  return std::unexpected(std::move(error));
}

}  // namespace tegula::tensor

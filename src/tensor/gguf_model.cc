#include "tensor/gguf_model.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "tensor/gguf_config.h"
#include "tensor/gguf_tokenizer.h"
#include "tensor/hf_tensors.h"
#include "tensor/mlx_blocks.h"
#include "tensor/model_check.h"
#include "tensor/quantise.h"

namespace tegula::tensor {
namespace {

using codec::Json;

constexpr std::string_view kRopeFactors = "rope_freqs.weight";

Result<void> read_all(const ByteSource& source, std::uint64_t offset,
                      std::span<std::uint8_t> into) {
  if (TRY(source.read_at(offset, into)) == into.size()) return {};
  return fail(Code::Corrupt, "the file became shorter since it was read");
}

// None where the model has no scaling of this kind.
Result<std::vector<float>> rope_factors_of(const Gguf& gguf, const ByteSource& source) {
  const GgufTensor* const tensor = gguf.find_tensor(kRopeFactors);
  if (tensor == nullptr) return std::vector<float>();
  if (tensor->type != DType::F32 || tensor->dimensions != 1 ||
      tensor->elements > limits::kModelEmbeddingMax)
    return fail(Code::Corrupt,
                fmt::format("tensor \"{}\": expected a short vector in F32", kRopeFactors));
  Bytes raw(tensor->bytes);
  TRY(read_all(source, tensor->offset, raw));
  std::vector<float> out(tensor->elements);
  std::memcpy(out.data(), raw.data(), raw.size());
  return out;
}

// The type of most of the file's numbers. One that is quantised becomes F16, the type of its
// blocks' scales.
SafetensorsType float_type_of(const Gguf& gguf) {
  std::map<DType, std::uint64_t> elements;
  for (const GgufTensor& tensor : gguf.tensors()) elements[tensor.type] += tensor.elements;
  const auto most = std::ranges::max_element(elements, {}, [](const auto& e) { return e.second; });
  if (most != elements.end() && !traits(most->first).quantized) {
    const auto type = safetensors_type_of(most->first);
    if (type == SafetensorsType::F32 || type == SafetensorsType::BF16) return *type;
  }
  return SafetensorsType::F16;
}

std::string_view config_name(SafetensorsType type) {
  if (type == SafetensorsType::F32) return "float32";
  return type == SafetensorsType::BF16 ? "bfloat16" : "float16";
}

Result<void> check_tensor(const GgufTensor& tensor, const HfTensor& want) {
  const std::span<const std::uint64_t> shape = tensor.used_shape();
  if (!std::ranges::equal(shape, std::vector(want.shape.rbegin(), want.shape.rend()))) {
    return fail(Code::Corrupt,
                fmt::format("its shape is [{}], the metadata says [{}]", fmt::join(shape, ", "),
                            fmt::join(want.shape.rbegin(), want.shape.rend(), ", ")));
  }
  return check_readable(tensor.type);
}

Result<void> check_all_placed(const Gguf& gguf, const HfConfig& config,
                              const std::set<std::string_view>& placed) {
  for (const GgufTensor& tensor : gguf.tensors()) {
    if (placed.contains(tensor.name) || tensor.name == kRopeFactors) continue;
    return fail(Code::Unsupported,
                fmt::format("the tensor \"{}\" has no place in a Hugging Face model of \"{}\"",
                            tensor.name, architecture_of_gguf(config.architecture)));
  }
  return {};
}

// A Llama has biases of all projections of attention in every layer, or of none; and so of the
// feed-forward part.
Result<void> check_biases(const HfConfig& config, const std::set<std::string_view>& placed) {
  if (config.family != HfFamily::Llama) return {};
  for (const std::string_view part : {".attn_", ".ffn_"}) {
    std::uint64_t biases = 0;
    std::uint64_t weights = 0;
    for (const std::string_view name : placed) {
      if (!name.contains(part) || name.contains("_norm.")) continue;
      (name.ends_with(".bias") ? biases : weights) += 1;
    }
    if (biases == 0 || biases == weights) continue;
    return fail(
        Code::Unsupported,
        fmt::format("{} of {} tensors \"blk.N{}…\" have biases: config.json says all or none",
                    biases, weights, part));
  }
  return {};
}

// The ids that config.json and generation_config.json have.
void add_ids(const Tokenizer& tokenizer, Json& out) {
  const auto add = [&](std::string_view name, std::optional<std::uint32_t> id) {
    if (id) out[std::string(name)] = *id;
  };
  add("bos_token_id", tokenizer.bos);
  add("eos_token_id", tokenizer.eos);
  add("pad_token_id", tokenizer.padding);
}

std::string generation_config(const Gguf& gguf, const Tokenizer& tokenizer) {
  Json out = Json::object();
  add_ids(tokenizer, out);
  const std::vector<std::uint32_t> ends = end_tokens(gguf, tokenizer);
  if (ends.size() > 1) out["eos_token_id"] = ends;
  return out.dump(2) + "\n";
}

}  // namespace

Result<GgufModel> GgufModel::open(const Gguf& gguf, const ByteSource& source) {
  TRY(check_model(gguf));
  GgufModel model(source);
  model.config_ = TRY(config_json_of(gguf, TRY(rope_factors_of(gguf, source))));
  model.config_["torch_dtype"] = config_name(float_type_of(gguf));
  const HfConfig config = TRY(parse_hf_config(model.config_.dump()), "as config.json");
  TRY(check_parameters(gguf, config));
  TRY(model.place_tensors(gguf, config));
  TRY(model.add_files(gguf, config));
  return model;
}

Result<void> GgufModel::place_tensors(const Gguf& gguf, const HfConfig& config) {
  const SafetensorsType type = float_type_of(gguf);
  std::vector<HfTensor> wanted = hf_tensors(config);
  std::ranges::sort(wanted, {}, &HfTensor::hf);
  std::set<std::string_view> placed;
  for (HfTensor& want : wanted) {
    const GgufTensor* const tensor = gguf.find_tensor(want.gguf);
    if (tensor == nullptr && !want.required) continue;
    if (tensor == nullptr)
      return fail(Code::Corrupt, fmt::format("the tensor \"{}\" is missing", want.gguf));
    TRY(check_tensor(*tensor, want), fmt::format("tensor \"{}\"", want.gguf));
    placed.insert(tensor->name);
    const Origin origin{tensor, want.rotary_heads, want.added};
    const bool stored = tensor->type == dtype_of(type) && !origin.is_computed();
    tensors_.push_back({std::move(want.hf), type, std::move(want.shape), stored});
    origins_.push_back(origin);
  }
  TRY(check_all_placed(gguf, config, placed));
  return check_biases(config, placed);
}

Result<void> GgufModel::add_files(const Gguf& gguf, const HfConfig& config) {
  const GgufValue* const tokens = gguf.find("tokenizer.ggml.tokens");
  const std::uint64_t count = tokens == nullptr ? 0 : tokens->count;
  if (count != config.vocabulary) {
    return fail(Code::Corrupt, fmt::format("the vocabulary has {} tokens, the embedding {} rows",
                                           count, config.vocabulary));
  }
  const Tokenizer tokenizer = TRY(read_gguf_tokenizer(gguf, *source_));
  add_ids(tokenizer, config_);
  files_ = TRY(tokenizer_files(tokenizer, config));
  files_.push_back({"generation_config.json", generation_config(gguf, tokenizer)});
  return {};
}

Result<void> GgufModel::copy(const RowRange& rows, std::span<std::uint8_t> into) const {
  const Origin& origin = origins_[rows.tensor];
  const std::uint64_t row_size = into.size() / rows.count;
  const std::uint64_t begin = origin.tensor->offset;
  if (origin.rotary_heads == 0 || origin.is_reordered_vector())
    return read_all(*source_, begin + rows.first * row_size, into);
  for (std::uint64_t i = 0; i < rows.count; ++i) {
    const std::uint64_t from =
        rotary_target_row(rows.first + i, origin.rows(), origin.rotary_heads);
    TRY(read_all(*source_, begin + from * row_size, into.subspan(i * row_size, row_size)));
  }
  return {};
}

Result<void> GgufModel::floats(const RowRange& rows, std::span<float> into) const {
  const Origin& origin = origins_[rows.tensor];
  thread_local Bytes raw;  // kept from one part to the next
  raw.resize(*row_bytes(origin.tensor->type, into.size()));
  TRY(copy(rows, raw));
  TRY(dequantise(origin.tensor->type, raw, into));
  if (origin.is_reordered_vector()) {  // read whole: its elements are what rows are elsewhere
    const std::vector<float> there(into.begin(), into.end());
    for (std::uint64_t i = 0; i < into.size(); ++i)
      into[i] = there[rotary_target_row(i, into.size(), origin.rotary_heads)];
  }
  if (origin.added == 0) return {};
  for (float& x : into) x -= origin.added;
  return {};
}

Result<bool> GgufModel::groups(const RowRange& rows, MlxFormat format,
                               const MlxGroups& into) const {
  const GgufTensor& tensor = *origins_[rows.tensor].tensor;
  if (mlx_format_of(tensor.type) != format) return false;
  thread_local Bytes raw;
  raw.resize(into.scales.size() * traits(tensor.type).block_bytes);
  TRY(copy(rows, raw));
  mlx_groups_of(tensor.type, raw, into);
  return true;
}

Result<void> GgufModel::write_others(FolderSink& sink) const {
  for (const TextFile& file : files_) TRY(sink.put(file.name, file.text));
  return {};
}

}  // namespace tegula::tensor

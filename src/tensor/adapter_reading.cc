#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/limits.h"
#include "codec/json.h"
#include "tensor/adapter_conversion.h"
#include "tensor/file_json.h"
#include "tensor/hf_tensors.h"
#include "tensor/model_check.h"
#include "tensor/quantise.h"
#include "tensor/transposed.h"

namespace tegula::tensor {
namespace {

using codec::Json;

constexpr std::string_view kPeftPrefix = "base_model.model.";
constexpr std::string_view kWeight = ".weight";

std::string_view without_weight(std::string_view name) {
  return name.substr(0, name.size() - kWeight.size());
}

Result<double> positive(const Json& object, std::string_view name, double otherwise) {
  const auto at = object.find(name);
  if (at == object.end() || at->is_null()) return otherwise;
  if (at->is_number() && at->get<double>() > 0 && std::isfinite(at->get<double>()))
    return at->get<double>();
  return fail(Code::Corrupt, fmt::format("\"{}\": expected a number above 0", name));
}

Result<Json> read_config(const os::FileSystem& fs, const os::Path& folder) {
  const std::string text =
      TRY(os::read_file(fs, folder / kAdapterConfigFile, limits::kConfigFileBytesMax));
  Json json = TRY(parse_file_json(text), "\"adapter_config.json\"");
  if (!json.is_object()) return fail(Code::Corrupt, "\"adapter_config.json\": expected an object");
  return json;
}

// What programs call a module: the text model of a larger one lies in it under two names.
std::vector<std::string> spellings(std::string_view path, bool nested) {
  std::vector<std::string> out = {std::string(path)};
  if (!nested) return out;
  constexpr std::string_view kModel = "model.";
  out.push_back(fmt::format("language_model.{}", path));
  if (path.starts_with(kModel))
    out.push_back(fmt::format("model.language_model.{}", path.substr(kModel.size())));
  return out;
}

// Beyond these, what is multiplied into B would be no number any more.
Result<double> check_scale(double scale) {
  constexpr double kMin = 1e-12, kMax = 1e12;
  if (scale >= kMin && scale <= kMax) return scale;
  return fail(Code::Unsupported,
              fmt::format("a scale of {}; {} to {} are converted", scale, kMin, kMax));
}

// A pair of a safetensors file: which tensors, and how they lie in it.
struct Place {
  HfMatrix matrix;
  const ShardTensor* a = nullptr;
  const ShardTensor* b = nullptr;
  std::uint64_t rank = 0;
  double scale = 1;
};

class SafetensorsAdapter final : public Adapter {
 public:
  SafetensorsAdapter(SafetensorsSet set, bool turned) : set_(std::move(set)), turned_(turned) {}

  // `name_a` and `name_b` give the tensors' names of a matrix without ".weight"; `scale_of` the
  // scale of one with a rank.
  template <class NameA, class NameB, class ScaleOf>
  Result<void> find_pairs(const HfConfig& base, NameA name_a, NameB name_b, ScaleOf scale_of) {
    std::size_t used = 0;
    for (HfMatrix& matrix : hf_matrices(base)) {
      const std::string_view path = without_weight(matrix.hf);
      Place place;
      std::string spelling;
      for (std::string& each : spellings(path, base.nested)) {
        if (place.a != nullptr || place.b != nullptr) break;
        spelling = std::move(each);
        place.a = set_.find(name_a(spelling));
        place.b = set_.find(name_b(spelling));
      }
      if (place.a == nullptr && place.b == nullptr) continue;
      if (place.a == nullptr || place.b == nullptr)
        return fail(Code::Corrupt, fmt::format("\"{}\" has one of its two tensors only", spelling));
      place.matrix = std::move(matrix);
      TRY(check_shapes(place));
      const double scale = TRY(scale_of(spelling, place.rank));
      place.scale = TRY(check_scale(scale), fmt::format("\"{}\"", spelling));
      places_.push_back(std::move(place));
      used += 2;
    }
    if (used == set_.tensors().size() && used > 0) return {};
    return unknown_tensor();
  }

  std::size_t size() const override { return places_.size(); }

  Result<AdapterPair> read(std::size_t index) const override {
    const Place& place = places_[index];
    AdapterPair pair;
    pair.matrix = place.matrix;
    pair.rank = place.rank;
    pair.scale = place.scale;
    pair.a = TRY(floats(*place.a));
    pair.b = TRY(floats(*place.b));
    if (turned_) pair.a = transposed(pair.a, place.matrix.columns, place.rank);
    if (turned_) pair.b = transposed(pair.b, place.rank, place.matrix.rows);
    return pair;
  }

 private:
  Result<void> check_shapes(Place& place) const {
    const std::vector<std::uint64_t>& a = place.a->tensor.shape;
    const std::vector<std::uint64_t>& b = place.b->tensor.shape;
    const std::size_t rank_at = turned_ ? 1 : 0;
    if (a.size() == 2 && b.size() == 2) place.rank = a[rank_at];
    const bool fits = a.size() == 2 && b.size() == 2 && b[1 - rank_at] == place.rank &&
                      a[1 - rank_at] == place.matrix.columns && b[rank_at] == place.matrix.rows;
    if (!fits) {
      return fail(Code::InvalidArgument,
                  fmt::format("\"{}\" is [{}, {}] in the base model; the adapter's tensors are "
                              "[{}] and [{}]",
                              place.matrix.hf, place.matrix.rows, place.matrix.columns,
                              fmt::join(a, ", "), fmt::join(b, ", ")),
                  "the adapter was made for another base model");
    }
    if (place.rank == 0 || place.rank > limits::kModelRankMax) {
      return fail(Code::Unsupported,
                  fmt::format("\"{}\": rank {}; 1 to {} are converted", place.matrix.hf, place.rank,
                              limits::kModelRankMax));
    }
    return {};
  }

  std::unexpected<Error> unknown_tensor() const {
    for (const ShardTensor& each : set_.tensors()) {
      const bool known = std::ranges::any_of(
          places_, [&](const Place& place) { return place.a == &each || place.b == &each; });
      if (known) continue;
      return fail(Code::Unsupported,
                  fmt::format("the tensor \"{}\" belongs to no matrix of the base model",
                              each.tensor.name));
    }
    return fail(Code::Corrupt, "the adapter changes nothing");
  }

  Result<std::vector<float>> floats(const ShardTensor& tensor) const {
    const std::optional<DType> type = dtype_of(tensor.tensor.type);
    if (type != DType::F32 && type != DType::F16 && type != DType::BF16) {
      return fail(Code::Unsupported,
                  fmt::format("tensor \"{}\": {} is not converted", tensor.tensor.name,
                              safetensors_type_name(tensor.tensor.type)));
    }
    Bytes raw(tensor.tensor.bytes);
    TRY(set_.read(tensor, 0, raw));
    std::vector<float> out(tensor.tensor.shape[0] * tensor.tensor.shape[1]);
    TRY(dequantise(*type, raw, out));
    return out;
  }

  SafetensorsSet set_;
  bool turned_;  // MLX: columns of A and B lie where PEFT has rows
  std::vector<Place> places_;
};

// Kinds of LoRA that are to be added to another base model than the one that is here: they change
// its weights first, or its layers.
Result<void> check_base_unchanged(const Json& config) {
  if (const auto start = config.find("init_lora_weights");
      start != config.end() && start->is_string()) {
    const auto& name = start->get_ref<const std::string&>();
    for (const std::string_view kind : {"pissa", "olora", "corda", "loftq"}) {
      if (!name.starts_with(kind)) continue;
      return fail(Code::Unsupported,
                  fmt::format("\"init_lora_weights\": with \"{}\", the base model's weights are "
                              "changed too",
                              kind),
                  "PEFT saves it as a plain LoRA with path_initial_model_for_weight_conversion");
    }
  }
  for (const std::string_view member : {"layer_replication", "alora_invocation_tokens"}) {
    if (const auto at = config.find(member); at != config.end() && !at->empty())
      return fail(Code::Unsupported, fmt::format("\"{}\" is not converted", member));
  }
  return {};
}

// What PEFT can do beside a plain LoRA.
Result<void> check_plain(const Json& config) {
  if (config.value("peft_type", Json()) != "LORA")
    return fail(Code::Unsupported, "\"peft_type\": only LORA is converted");
  if (const auto bias = config.find("bias"); bias != config.end() && *bias != "none")
    return fail(Code::Unsupported, "\"bias\": adapters that change biases are not converted");
  for (const std::string_view flag : {"use_dora", "lora_bias", "fan_in_fan_out", "use_qalora"}) {
    if (const auto at = config.find(flag); at != config.end() && *at != false && !at->is_null())
      return fail(Code::Unsupported, fmt::format("\"{}\" is not converted", flag));
  }
  if (const auto at = config.find("modules_to_save"); at != config.end() && !at->empty())
    return fail(Code::Unsupported, "\"modules_to_save\": whole modules are not converted");
  return check_base_unchanged(config);
}

// The number of a module in "rank_pattern" or "alpha_pattern", whose keys end its path.
Result<double> of_pattern(const Json& config, std::string_view member, std::string_view path,
                          double otherwise) {
  const auto patterns = config.find(member);
  if (patterns == config.end() || !patterns->is_object()) return otherwise;
  for (const auto& [key, value] : patterns->items()) {
    if (key.find_first_of("^$*+?()[]{}|\\") != key.npos) {
      return fail(Code::Unsupported,
                  fmt::format("\"{}\": the pattern \"{}\" is more than a name", member, key));
    }
    const bool whole = path == key || (path.ends_with(key) && path.size() > key.size() &&
                                       path[path.size() - key.size() - 1] == '.');
    if (!whole) continue;
    if (!value.is_number() || !(value.get<double>() > 0))
      return fail(Code::Corrupt, fmt::format("\"{}\": expected numbers above 0", member));
    return value.get<double>();
  }
  return otherwise;
}

class GgufAdapter final : public Adapter {
 public:
  explicit GgufAdapter(const ByteSource& source) : source_(source) {}

  Result<void> open(const HfConfig& base) {
    gguf_ = TRY(read_gguf(source_));
    TRY(check_adapter(gguf_));
    const GgufValue* architecture = gguf_.find("general.architecture");
    if (architecture == nullptr || architecture->as_text() != base.architecture) {
      return fail(
          Code::InvalidArgument,
          fmt::format("the adapter is for another architecture than \"{}\"", base.architecture));
    }
    const GgufValue* alpha = gguf_.find("adapter.lora.alpha");
    alpha_ = alpha == nullptr ? 0 : alpha->as_double().value_or(0);
    if (alpha_ != 0) TRY(check_scale(alpha_), "\"adapter.lora.alpha\"");
    std::size_t used = 0;
    for (HfMatrix& matrix : hf_matrices(base)) {
      if (gguf_.find_tensor(matrix.gguf + ".lora_a") == nullptr) continue;
      TRY(check_shapes(matrix));
      matrices_.push_back(std::move(matrix));
      used += 2;
    }
    if (used == gguf_.tensors().size() && used > 0) return {};
    return fail(Code::Unsupported,
                "the adapter has tensors that change no matrix of the base model");
  }

  std::size_t size() const override { return matrices_.size(); }

  Result<AdapterPair> read(std::size_t index) const override {
    AdapterPair pair;
    pair.matrix = matrices_[index];
    const GgufTensor& a = *gguf_.find_tensor(pair.matrix.gguf + ".lora_a");
    const GgufTensor& b = *gguf_.find_tensor(pair.matrix.gguf + ".lora_b");
    pair.rank = a.shape[1];
    pair.scale = alpha_ > 0 ? alpha_ / static_cast<double>(pair.rank) : 1;
    pair.a = TRY(floats(a));
    const std::vector<float> rows = TRY(floats(b));
    pair.b.resize(rows.size());
    const std::uint64_t heads = pair.matrix.rotary_heads;
    for (std::uint64_t row = 0; row < pair.matrix.rows; ++row) {
      const std::uint64_t to = heads == 0 ? row : rotary_source_row(row, pair.matrix.rows, heads);
      std::copy_n(rows.begin() + static_cast<std::ptrdiff_t>(row * pair.rank), pair.rank,
                  pair.b.begin() + static_cast<std::ptrdiff_t>(to * pair.rank));
    }
    return pair;
  }

 private:
  Result<void> check_shapes(const HfMatrix& matrix) const {
    const GgufTensor& a = *gguf_.find_tensor(matrix.gguf + ".lora_a");
    const GgufTensor& b = *gguf_.find_tensor(matrix.gguf + ".lora_b");  // check_adapter() saw it
    if (a.shape[0] == matrix.columns && b.shape[1] == matrix.rows && a.shape[1] == b.shape[0] &&
        a.dimensions <= 2 && b.dimensions <= 2)
      return {};
    return fail(
        Code::InvalidArgument,
        fmt::format("\"{}\" is {}x{} in the base model; the adapter's tensors are {} and {}",
                    matrix.gguf, matrix.columns, matrix.rows, fmt::join(a.used_shape(), "x"),
                    fmt::join(b.used_shape(), "x")),
        "the adapter was made for another base model");
  }

  Result<std::vector<float>> floats(const GgufTensor& tensor) const {
    TRY(check_readable(tensor.type));
    Bytes raw(tensor.bytes);
    if (TRY(source_.read_at(tensor.offset, raw)) != raw.size())
      return fail(Code::Corrupt, "the file became shorter while it was read");
    std::vector<float> out(tensor.elements);
    TRY(dequantise(tensor.type, raw, out));
    return out;
  }

  const ByteSource& source_;
  Gguf gguf_;
  double alpha_ = 0;  // 0: the engine does not scale
  std::vector<HfMatrix> matrices_;
};

}  // namespace

Result<AdapterForm> adapter_form_of(const std::vector<std::string>& files) {
  const auto has = [&](std::string_view name) {
    return std::ranges::find(files, name) != files.end();
  };
  const bool peft = has(kPeftWeightsFile), mlx = has(kMlxWeightsFile);
  if (peft && mlx) {
    return fail(Code::InvalidArgument,
                fmt::format("it has both \"{}\" and \"{}\"", kPeftWeightsFile, kMlxWeightsFile),
                "keep each adapter in a folder of its own");
  }
  if ((peft || mlx) && !has(kAdapterConfigFile)) {
    return fail(Code::NotFound, fmt::format("\"{}\" is missing", kAdapterConfigFile),
                "it says how strongly the adapter acts, and belongs to its weights");
  }
  if (peft) return AdapterForm::Peft;
  if (mlx) return AdapterForm::Mlx;
  if (has("adapter_model.bin")) {
    return fail(Code::Unsupported, "\"adapter_model.bin\" is a pickle, which may hold any program",
                "save it as safetensors: save_pretrained(…, safe_serialization=True)");
  }
  return fail(Code::NotFound, "it holds no adapter",
              fmt::format("{} and {} (PEFT) or {} (MLX) make one", kAdapterConfigFile,
                          kPeftWeightsFile, kMlxWeightsFile));
}

Result<std::unique_ptr<Adapter>> open_peft(const os::FileSystem& fs, const os::Path& folder,
                                           const HfConfig& base) {
  const Json config = TRY(read_config(fs, folder));
  TRY(check_plain(config), "\"adapter_config.json\"");
  SafetensorsSet set = TRY(SafetensorsSet::open(fs, folder, "adapter_model"));
  const auto stable = config.find("use_rslora");
  const bool rslora = stable != config.end() && *stable == true;
  const auto scale_of = [&](std::string_view path, std::uint64_t rank) -> Result<double> {
    const double default_rank = TRY(positive(config, "r", 8));
    const double r = TRY(of_pattern(config, "rank_pattern", path, default_rank));
    if (r != static_cast<double>(rank)) {
      return fail(Code::Corrupt, fmt::format("\"{}\": adapter_config.json says rank {}, its "
                                             "tensors have {}",
                                             path, r, rank));
    }
    const double default_alpha = TRY(positive(config, "lora_alpha", 8));
    const double alpha = TRY(of_pattern(config, "alpha_pattern", path, default_alpha));
    return rslora ? alpha / std::sqrt(r) : alpha / r;
  };
  auto adapter = std::make_unique<SafetensorsAdapter>(std::move(set), false);
  const auto name = [](std::string_view end) {
    return [end](std::string_view path) { return fmt::format("{}{}{}", kPeftPrefix, path, end); };
  };
  TRY(adapter->find_pairs(base, name(".lora_A.weight"), name(".lora_B.weight"), scale_of));
  return adapter;
}

Result<std::unique_ptr<Adapter>> open_mlx(const os::FileSystem& fs, const os::Path& folder,
                                          const HfConfig& base) {
  const Json config = TRY(read_config(fs, folder));
  if (config.value("fine_tune_type", Json("lora")) != "lora") {
    return fail(Code::Unsupported,
                "\"adapter_config.json\": \"fine_tune_type\": only lora is converted");
  }
  const Json* parameters = TRY(codec::object_member(config, "lora_parameters"));
  const double scale = TRY(positive(*parameters, "scale", 20));
  SafetensorsSet set = TRY(SafetensorsSet::open(fs, folder, "adapters"));
  auto adapter = std::make_unique<SafetensorsAdapter>(std::move(set), true);
  const auto name = [](std::string_view end) {
    return [end](std::string_view path) { return fmt::format("{}{}", path, end); };
  };
  const auto scale_of = [&](std::string_view, std::uint64_t) { return Result<double>(scale); };
  TRY(adapter->find_pairs(base, name(".lora_a"), name(".lora_b"), scale_of));
  return adapter;
}

Result<std::unique_ptr<Adapter>> open_gguf_adapter(const ByteSource& source, const HfConfig& base) {
  auto adapter = std::make_unique<GgufAdapter>(source);
  TRY(adapter->open(base));
  return adapter;
}

}  // namespace tegula::tensor

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "codec/json.h"
#include "tensor/adapter_conversion.h"
#include "tensor/hf_tensors.h"
#include "tensor/safetensors_writer.h"
#include "tensor/transposed.h"

namespace tegula::tensor {
namespace {

using codec::Json;

// Names, shapes and scales of all pairs, without their values.
struct Summary {
  std::vector<AdapterPair> pairs;
  std::uint64_t rank_max = 0;
};

Result<Summary> summarise(const Adapter& adapter) {
  Summary out;
  for (std::size_t i = 0; i < adapter.size(); ++i) {
    AdapterPair pair = TRY(adapter.read(i));
    pair.a = {};
    pair.b = {};
    out.rank_max = std::max(out.rank_max, pair.rank);
    out.pairs.push_back(std::move(pair));
  }
  return out;
}

double alpha_of(const AdapterPair& pair) { return pair.scale * static_cast<double>(pair.rank); }

// What the one number of the form does not say of this pair's scale goes into B.
void fold(AdapterPair& pair, double factor) {
  if (factor == 1) return;
  for (float& x : pair.b) x = static_cast<float>(x * factor);
}

Result<void> append(ByteSink& sink, const std::vector<float>& values) {
  return sink.append({reinterpret_cast<const std::uint8_t*>(values.data()), values.size() * 4});
}

std::string_view path_of(const AdapterPair& pair) {
  return std::string_view(pair.matrix.hf).substr(0, pair.matrix.hf.size() - 7);  // ".weight"
}

// A safetensors file of F32 tensors, each made when its turn comes.
struct Tensor {
  std::string name;
  std::vector<std::uint64_t> shape;
  std::size_t pair = 0;
  bool is_b = false;
};

template <class Values>
Result<void> write_file(FolderSink& sink, std::string_view name, const std::vector<Tensor>& tensors,
                        std::string_view format, Values values) {
  SafetensorsWriter writer;
  writer.set_metadata("format", format);
  std::map<std::string_view, const Tensor*> by_name;
  for (const Tensor& tensor : tensors) {
    writer.add_tensor(tensor.name, SafetensorsType::F32, tensor.shape);
    by_name.emplace(tensor.name, &tensor);
  }
  TRY(sink.begin(name));
  TRY(sink.append(writer.header()));
  for (const SafetensorsTensor& tensor : writer.tensors())
    TRY(append(sink, TRY(values(*by_name.at(tensor.name)))));
  return sink.end();
}

Result<void> write_config(FolderSink& sink, const Json& config) {
  TRY(sink.begin(kAdapterConfigFile));
  TRY(sink.append(bytes_of(config.dump(2) + "\n")));
  return sink.end();
}

// The name of a module as MLX lists it: within its layer, if it is in one.
std::string key_of(const std::string& path) {
  constexpr std::string_view kLayers = "model.layers.";
  if (!path.starts_with(kLayers)) return path;
  return path.substr(path.find('.', kLayers.size()) + 1);
}

// More columns of A, and rows of B, that add nothing.
void pad_rank(AdapterPair& pair, std::uint64_t rank) {
  if (pair.rank == rank) return;
  pair.a.resize(rank * pair.matrix.columns);
  std::vector<float> b(rank * pair.matrix.rows);
  for (std::uint64_t row = 0; row < pair.matrix.rows; ++row)
    std::copy_n(pair.b.begin() + static_cast<std::ptrdiff_t>(row * pair.rank), pair.rank,
                b.begin() + static_cast<std::ptrdiff_t>(row * rank));
  pair.b = std::move(b);
  pair.rank = rank;
}

}  // namespace

// The other forms take a scale above 0 only.
Result<AdapterPair> ScaledAdapter::read(std::size_t index) const {
  AdapterPair pair = TRY(adapter_.read(index));
  if (factor_ > 0) {
    pair.scale *= factor_;
  } else {
    fold(pair, factor_);
  }
  return pair;
}

Result<void> write_peft(const Adapter& adapter, FolderSink& sink) {
  const Summary all = TRY(summarise(adapter));
  Json config;
  const AdapterPair& first = all.pairs.front();
  std::vector<Tensor> tensors;
  std::vector<std::string> modules;
  for (std::size_t i = 0; i < all.pairs.size(); ++i) {
    const AdapterPair& pair = all.pairs[i];
    const std::string path(path_of(pair));
    if (pair.rank != first.rank) config["rank_pattern"][path] = pair.rank;
    if (alpha_of(pair) != alpha_of(first)) config["alpha_pattern"][path] = alpha_of(pair);
    tensors.push_back({"base_model.model." + path + ".lora_A.weight",
                       {pair.rank, pair.matrix.columns},
                       i,
                       false});
    tensors.push_back(
        {"base_model.model." + path + ".lora_B.weight", {pair.matrix.rows, pair.rank}, i, true});
    modules.push_back(path);  // whole: the end of a name would be in other layers too
  }
  TRY(write_file(sink, kPeftWeightsFile, tensors, "pt",
                 [&](const Tensor& tensor) -> Result<std::vector<float>> {
                   AdapterPair pair = TRY(adapter.read(tensor.pair));
                   return tensor.is_b ? std::move(pair.b) : std::move(pair.a);
                 }));
  config["peft_type"] = "LORA";
  config["task_type"] = "CAUSAL_LM";
  config["bias"] = "none";
  config["r"] = first.rank;
  config["lora_alpha"] = alpha_of(first);
  config["use_rslora"] = false;
  config["target_modules"] = modules;
  return write_config(sink, config);
}

Result<void> write_mlx(const Adapter& adapter, FolderSink& sink) {
  const Summary all = TRY(summarise(adapter));
  const double scale = all.pairs.front().scale;
  std::vector<Tensor> tensors;
  std::vector<std::string> keys;
  for (std::size_t i = 0; i < all.pairs.size(); ++i) {
    const AdapterPair& pair = all.pairs[i];
    const std::string path(path_of(pair));
    tensors.push_back({path + ".lora_a", {pair.matrix.columns, all.rank_max}, i, false});
    tensors.push_back({path + ".lora_b", {all.rank_max, pair.matrix.rows}, i, true});
    keys.push_back(key_of(path));
  }
  std::ranges::sort(keys);
  const auto [begin, end] = std::ranges::unique(keys);
  keys.erase(begin, end);
  TRY(write_file(sink, kMlxWeightsFile, tensors, "mlx",
                 [&](const Tensor& tensor) -> Result<std::vector<float>> {
                   AdapterPair pair = TRY(adapter.read(tensor.pair));
                   fold(pair, pair.scale / scale);
                   pad_rank(pair, all.rank_max);
                   if (tensor.is_b) return transposed(pair.b, pair.matrix.rows, pair.rank);
                   return transposed(pair.a, pair.rank, pair.matrix.columns);
                 }));
  Json config;
  config["fine_tune_type"] = "lora";
  config["num_layers"] = -1;  // all: a number would count from the last
  config["lora_parameters"]["rank"] = all.rank_max;
  config["lora_parameters"]["scale"] = scale;
  config["lora_parameters"]["dropout"] = 0.0;
  config["lora_parameters"]["keys"] = keys;
  return write_config(sink, config);
}

Result<void> write_gguf_adapter(const Adapter& adapter, const HfConfig& base, ByteSink& sink) {
  const Summary all = TRY(summarise(adapter));
  const double alpha = alpha_of(all.pairs.front());
  GgufWriter writer;
  writer.set_text("general.architecture", base.architecture);
  writer.set_text("general.type", "adapter");
  writer.set_text("adapter.type", "lora");
  writer.set_f32("adapter.lora.alpha", static_cast<float>(alpha));
  for (const AdapterPair& pair : all.pairs) {
    using Shape = std::vector<std::uint64_t>;
    writer.add_tensor(pair.matrix.gguf + ".lora_a", DType::F32,
                      Shape{pair.matrix.columns, pair.rank});
    writer.add_tensor(pair.matrix.gguf + ".lora_b", DType::F32, Shape{pair.rank, pair.matrix.rows});
  }
  TRY(sink.append(writer.header()));
  for (std::size_t i = 0; i < adapter.size(); ++i) {
    AdapterPair pair = TRY(adapter.read(i));
    fold(pair, alpha_of(pair) / alpha);
    std::vector<float> b(pair.b.size());
    for (std::uint64_t row = 0; row < pair.matrix.rows; ++row) {
      const std::uint64_t heads = pair.matrix.rotary_heads;
      const std::uint64_t from = heads == 0 ? row : rotary_source_row(row, pair.matrix.rows, heads);
      std::copy_n(pair.b.begin() + static_cast<std::ptrdiff_t>(from * pair.rank), pair.rank,
                  b.begin() + static_cast<std::ptrdiff_t>(row * pair.rank));
    }
    TRY(append(sink, pair.a));
    TRY(sink.append(Bytes(writer.padding(2 * i))));
    TRY(append(sink, b));
    TRY(sink.append(Bytes(writer.padding(2 * i + 1))));
  }
  return {};
}

}  // namespace tegula::tensor

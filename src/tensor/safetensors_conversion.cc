#include "tensor/safetensors_conversion.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "codec/json.h"
#include "tensor/hf_config.h"
#include "tensor/hf_model.h"
#include "tensor/model_folder.h"
#include "tensor/quantise.h"
#include "tensor/safetensors_writer.h"

namespace tegula::tensor {
namespace {

using codec::Json;

constexpr std::uint64_t kPartElements = 64 * 1024;  // as in gguf_writing.cc

enum class Kind { Floats, Copy, Codes, Scales, Biases };

// A tensor of the new files and the one that it comes from.
struct Planned {
  std::string name;
  SafetensorsType type = SafetensorsType::F32;
  std::vector<std::uint64_t> shape;
  std::size_t from = 0;  // of the source's tensors
  Kind kind = Kind::Copy;
};

struct Part {
  const Planned* tensor = nullptr;
  RowRange rows;  // of the source
};

bool is_float(SafetensorsType type) {
  return type == SafetensorsType::F32 || type == SafetensorsType::F16 ||
         type == SafetensorsType::BF16;
}

std::uint64_t row_of(const HfSourceTensor& tensor) {
  return tensor.shape.empty() ? 1 : tensor.shape.back();
}

std::uint64_t elements_of(const HfSourceTensor& tensor) {
  return element_count(tensor.shape).value_or(0);
}

class Planner {
 public:
  Planner(const HfSource& source, const SafetensorsOptions& options, bool tied)
      : tensors_(source.tensors()), options_(options), tied_(tied) {}

  std::vector<Planned> run() {
    for (std::size_t i = 0; i < tensors_.size(); ++i) {
      if (options_.mlx && is_left_out(tensors_[i].name)) continue;
      if (options_.mlx && is_quantised(tensors_[i])) {
        add_quantised(i);
      } else {
        add_plain(i);
      }
    }
    return std::move(plan_);
  }

 private:
  // What MLX computes itself, or has a second time.
  bool is_left_out(std::string_view name) const {
    return name.ends_with(".rotary_emb.inv_freq") || (tied_ && name == "lm_head.weight");
  }

  // Linear layers and embeddings, which are the matrices of these models.
  bool is_quantised(const HfSourceTensor& tensor) const {
    return tensor.shape.size() == 2 && tensor.name.ends_with(".weight") && is_float(tensor.type) &&
           tensor.shape[0] > 0 && tensor.shape[1] % options_.mlx->group == 0;
  }

  SafetensorsType type_of(const HfSourceTensor& tensor) const {
    return is_float(tensor.type) && options_.dtype ? *options_.dtype : tensor.type;
  }

  void add(std::string name, SafetensorsType type, std::vector<std::uint64_t> shape,
           std::size_t from, Kind kind) {
    Planned planned;
    planned.name = std::move(name);
    planned.type = type;
    planned.shape = std::move(shape);
    planned.from = from;
    planned.kind = kind;
    plan_.push_back(std::move(planned));
  }

  void add_plain(std::size_t from) {
    const HfSourceTensor& tensor = tensors_[from];
    const SafetensorsType type = type_of(tensor);
    const bool same = tensor.stored && type == tensor.type;
    add(tensor.name, type, tensor.shape, from, same ? Kind::Copy : Kind::Floats);
  }

  void add_quantised(std::size_t from) {
    const HfSourceTensor& tensor = tensors_[from];
    const std::uint64_t out = tensor.shape[0];
    const std::uint64_t in = tensor.shape[1];
    const std::string path = tensor.name.substr(0, tensor.name.size() - 7);  // ".weight"
    const std::uint64_t words = mlx_code_bytes(in, *options_.mlx) / 4;
    add(tensor.name, SafetensorsType::U32, {out, words}, from, Kind::Codes);
    const SafetensorsType type = type_of(tensor);
    add(path + ".scales", type, {out, in / options_.mlx->group}, from, Kind::Scales);
    add(path + ".biases", type, {out, in / options_.mlx->group}, from, Kind::Biases);
  }

  std::span<const HfSourceTensor> tensors_;
  const SafetensorsOptions& options_;
  bool tied_;
  std::vector<Planned> plan_;
};

// A file and the tensors in it, in the order of their data.
struct ShardPlan {
  std::string name;
  Bytes header;
  std::vector<const Planned*> tensors;
};

ShardPlan shard_of(std::span<const Planned> planned, std::string_view format) {
  std::map<std::string_view, const Planned*> by_name;
  SafetensorsWriter writer;
  writer.set_metadata("format", format);
  for (const Planned& each : planned) {
    writer.add_tensor(each.name, each.type, each.shape);
    by_name.emplace(each.name, &each);
  }
  ShardPlan shard;
  shard.header = writer.header();
  for (const SafetensorsTensor& tensor : writer.tensors())
    shard.tensors.push_back(by_name.at(tensor.name));
  return shard;
}

// By name, each as full as it may be.
std::vector<ShardPlan> shards_of(std::span<const Planned> plan, std::uint64_t bytes_max,
                                 std::string_view format) {
  std::vector<ShardPlan> shards;
  for (std::size_t begin = 0; begin < plan.size();) {
    std::uint64_t bytes = 0;
    std::size_t end = begin;
    for (; end < plan.size(); ++end) {
      const std::uint64_t more = safetensors_bytes(plan[end].type, plan[end].shape).value_or(0);
      if (end > begin && bytes + more > bytes_max) break;
      bytes += more;
    }
    shards.push_back(shard_of(plan.subspan(begin, end - begin), format));
    begin = end;
  }
  for (std::size_t i = 0; i < shards.size(); ++i) {
    shards[i].name = shards.size() == 1
                         ? "model.safetensors"
                         : fmt::format("model-{:05}-of-{:05}.safetensors", i + 1, shards.size());
  }
  return shards;
}

std::string index_of(const std::vector<ShardPlan>& shards) {
  Json index;
  std::uint64_t total = 0;
  for (const ShardPlan& shard : shards) {
    for (const Planned* tensor : shard.tensors) {
      total += safetensors_bytes(tensor->type, tensor->shape).value_or(0);
      index["weight_map"][tensor->name] = shard.name;
    }
  }
  index["metadata"]["total_size"] = total;
  return index.dump(4) + "\n";
}

std::string config_of(Json config, const SafetensorsOptions& options) {
  if (options.dtype) {
    const std::string_view name = *options.dtype == SafetensorsType::F32   ? "float32"
                                  : *options.dtype == SafetensorsType::F16 ? "float16"
                                                                           : "bfloat16";
    if (config.contains("dtype")) config["dtype"] = name;
    if (config.contains("torch_dtype") || !config.contains("dtype")) config["torch_dtype"] = name;
  }
  if (options.mlx) {
    Json quantization;
    quantization["bits"] = options.mlx->bits;
    quantization["group_size"] = options.mlx->group;
    quantization["mode"] = "affine";
    config["quantization_config"] = quantization;
    config["quantization"] = std::move(quantization);
  }
  return config.dump(4) + "\n";
}

class SafetensorsConversion {
 public:
  SafetensorsConversion(const HfSource& source, const SafetensorsOptions& options)
      : source_(source), options_(options) {}

  Result<void> write(const ShardPlan& shard, FolderSink& sink, Progress& progress,
                     const Stop& stop) const {
    std::vector<Part> parts;
    for (const Planned* tensor : shard.tensors) add_parts(*tensor, parts);
    TRY(sink.begin(shard.name));
    TRY(sink.append(shard.header));
    const auto make = [&](std::uint64_t i, Bytes& into) { return make_part(parts[i], into); };
    const auto take = [&](std::uint64_t, ByteView part) -> Result<void> {
      TRY(sink.append(part));
      progress.advance(part.size());
      return {};
    };
    TRY(make_in_order(parts.size(), options_.threads, make, take, stop));
    return sink.end();
  }

 private:
  struct Scratch {
    std::vector<float> floats, scales, biases;
  };

  const HfSourceTensor& source_of(const Planned& tensor) const {
    return source_.tensors()[tensor.from];
  }

  void add_parts(const Planned& tensor, std::vector<Part>& parts) const {
    const std::uint64_t elements = elements_of(source_of(tensor));
    if (elements == 0) return;
    const std::uint64_t row = row_of(source_of(tensor));
    std::uint64_t rows_each = std::max<std::uint64_t>(1, kPartElements / row);
    if (row * safetensors_type_bits(source_of(tensor).type) % 8 != 0)
      rows_each = (rows_each + 7) / 8 * 8;  // a part ends with a byte
    for (std::uint64_t first = 0; first < elements / row; first += rows_each)
      parts.push_back({&tensor, {tensor.from, first, std::min(rows_each, elements / row - first)}});
  }

  Result<void> make_part(const Part& part, Bytes& into) const {
    const HfSourceTensor& from = source_of(*part.tensor);
    if (part.tensor->kind == Kind::Copy) {
      into.resize(part.rows.count * row_of(from) * safetensors_type_bits(from.type) / 8);
      return source_.copy(part.rows, into);
    }
    thread_local Scratch scratch;
    if (part.tensor->kind != Kind::Floats) return make_quantised(part, scratch, into);
    TRY(read_floats(part, scratch));
    return append_floats(part, scratch.floats, into);
  }

  Result<void> read_floats(const Part& part, Scratch& scratch) const {
    scratch.floats.resize(part.rows.count * row_of(source_of(*part.tensor)));
    return source_.floats(part.rows, scratch.floats);
  }

  Result<void> append_floats(const Part& part, std::span<const float> floats, Bytes& into) const {
    const DType type = *dtype_of(part.tensor->type);
    into.resize(*row_bytes(type, floats.size()));
    Result<void> done = quantise(type, floats, floats.size(), {}, into);
    if (!done) TRY(check_range(part, type, floats));
    return done;
  }

  Result<void> make_quantised(const Part& part, Scratch& scratch, Bytes& into) const {
    const MlxFormat format = *options_.mlx;
    const std::uint64_t elements = part.rows.count * row_of(source_of(*part.tensor));
    const Kind kind = part.tensor->kind;
    if (kind == Kind::Codes) into.resize(mlx_code_bytes(elements, format));
    scratch.scales.resize(elements / format.group);
    scratch.biases.resize(elements / format.group);
    const MlxGroups groups{into, scratch.scales, scratch.biases};  // no codes but where asked for
    if (!TRY(take_groups(part, groups))) TRY(compute_groups(part, groups, scratch));
    if (kind == Kind::Codes) return {};
    return append_floats(part, kind == Kind::Scales ? groups.scales : groups.biases, into);
  }

  // As the source has them, if the model's type holds its scales, which are F16.
  Result<bool> take_groups(const Part& part, const MlxGroups& groups) const {
    const SafetensorsType type = options_.dtype.value_or(source_of(*part.tensor).type);
    if (type == SafetensorsType::BF16) return false;
    if (!TRY(source_.groups(part.rows, *options_.mlx, groups))) return false;
    TRY(check_finite(part, groups.scales, options_.mlx->group));
    TRY(check_finite(part, groups.biases, options_.mlx->group));
    return true;
  }

  Result<void> compute_groups(const Part& part, const MlxGroups& groups, Scratch& scratch) const {
    TRY(read_floats(part, scratch));
    TRY(check_finite(part, scratch.floats, 1));
    if (part.tensor->kind == Kind::Codes) {
      mlx_quantise(scratch.floats, *options_.mlx, groups.codes, groups.scales, groups.biases);
    } else {
      mlx_scale(scratch.floats, *options_.mlx, groups.scales, groups.biases);
    }
    return check_scales(part, groups.scales);
  }

  // "tensor "x", row 1, column 2"; each of the values stands for so many columns.
  std::string place(const Part& part, std::size_t at, std::uint64_t columns) const {
    const HfSourceTensor& from = source_of(*part.tensor);
    const std::uint64_t row = row_of(from) / columns;
    return fmt::format("tensor \"{}\", row {}, column {}", from.name, part.rows.first + at / row,
                       at % row * columns);
  }

  Result<void> check_finite(const Part& part, std::span<const float> values,
                            std::uint64_t columns) const {
    const auto bad = std::ranges::find_if(values, [](float x) { return !std::isfinite(x); });
    if (bad == values.end()) return {};
    const auto at = static_cast<std::size_t>(bad - values.begin());
    return fail(Code::Corrupt,
                fmt::format("{}: {} cannot be quantised", place(part, at, columns), *bad));
  }

  // The ends of a group may be farther apart than the largest float.
  Result<void> check_scales(const Part& part, std::span<const float> scales) const {
    const auto bad = std::ranges::find_if(scales, [](float x) { return !std::isfinite(x); });
    if (bad == scales.end()) return {};
    const auto at = static_cast<std::size_t>(bad - scales.begin());
    return fail(Code::Corrupt, fmt::format("{}: the weights of a group are too large to be "
                                           "quantised",
                                           place(part, at, options_.mlx->group)));
  }

  // Says where the type cannot hold a value.
  Result<void> check_range(const Part& part, DType type, std::span<const float> values) const {
    const auto bad = std::ranges::find_if(values, [&](float x) { return overflows(type, x); });
    if (bad == values.end()) return {};
    const std::uint64_t columns = part.tensor->kind == Kind::Floats ? 1 : options_.mlx->group;
    const auto at = static_cast<std::size_t>(bad - values.begin());
    return fail(
        Code::Corrupt,
        fmt::format("{}: {} cannot hold {}", place(part, at, columns), dtype_name(type), *bad),
        type == DType::F16 ? "BF16 and F32 can" : "F32 can");
  }

  const HfSource& source_;
  const SafetensorsOptions& options_;
};

// MLX has these models under the names of their tensors; its larger ones have other names.
Result<HfConfig> mlx_config(const Json& json) {
  HfConfig config = TRY(parse_hf_config(json.dump()));
  if (!config.nested) return config;
  return fail(Code::Unsupported, "a text model within a larger one is not converted to MLX",
              "convert it to GGUF, or take the text model alone");
}

// Whether the output is tied to the embedding.
Result<bool> check_mlx(const HfSource& source, MlxFormat format) {
  TRY(check_mlx_format(format));
  const HfConfig config = TRY(mlx_config(source.config()), "\"config.json\"");
  TRY(check_tensors(config, source.tensors()));
  return config.tied;
}

}  // namespace

Result<void> write_safetensors(const HfSource& source, const SafetensorsOptions& options,
                               FolderSink& sink, Progress& progress, const Stop& stop) {
  const Json& config = source.config();
  const bool tied = options.mlx ? TRY(check_mlx(source, *options.mlx)) : false;
  const std::vector<Planned> plan = Planner(source, options, tied).run();
  const std::vector<ShardPlan> shards =
      shards_of(plan, options.shard_bytes, options.mlx ? "mlx" : "pt");
  std::uint64_t total = 0;
  for (const Planned& each : plan) total += safetensors_bytes(each.type, each.shape).value_or(0);
  progress.begin("convert", total);
  const SafetensorsConversion conversion(source, options);
  for (const ShardPlan& shard : shards) TRY(conversion.write(shard, sink, progress, stop));
  progress.end();
  if (options.mlx || shards.size() > 1) TRY(sink.put(kSafetensorsIndexFile, index_of(shards)));
  TRY(sink.put(kModelConfigFile, config_of(config, options)));
  return source.write_others(sink);
}

}  // namespace tegula::tensor

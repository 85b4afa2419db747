#include "tensor/safetensors_conversion.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/limits.h"
#include "codec/json.h"
#include "tensor/file_json.h"
#include "tensor/hf_config.h"
#include "tensor/model_folder.h"
#include "tensor/quantise.h"
#include "tensor/safetensors_writer.h"

namespace tegula::tensor {
namespace {

using codec::Json;

constexpr std::uint64_t kPartElements = 64 * 1024;  // as in gguf_conversion.cc
constexpr std::uint64_t kCopyBytes = 256 * 1024;

enum class Kind { Floats, Copy, Codes, Scales, Biases };

// A tensor of the new files and the one that it comes from.
struct Planned {
  std::string name;
  SafetensorsType type = SafetensorsType::F32;
  std::vector<std::uint64_t> shape;
  const ShardTensor* from = nullptr;
  Kind kind = Kind::Copy;
};

struct Part {
  const Planned* tensor = nullptr;
  std::uint64_t first_row = 0;  // of the source
  std::uint64_t rows = 0;
};

bool is_float(SafetensorsType type) {
  return type == SafetensorsType::F32 || type == SafetensorsType::F16 ||
         type == SafetensorsType::BF16;
}

std::uint64_t row_of(const SafetensorsTensor& tensor) {
  return tensor.shape.empty() ? 1 : tensor.shape.back();
}

std::uint64_t elements_of(const SafetensorsTensor& tensor) {
  return element_count(tensor.shape).value_or(0);
}

class Planner {
 public:
  Planner(const SafetensorsSet& tensors, const SafetensorsOptions& options, bool tied)
      : tensors_(tensors), options_(options), tied_(tied) {}

  std::vector<Planned> run() {
    for (const ShardTensor& each : tensors_.tensors()) {
      if (options_.mlx && is_left_out(each.tensor.name)) continue;
      if (options_.mlx && is_quantised(each.tensor)) {
        add_quantised(each);
      } else {
        add_plain(each);
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
  bool is_quantised(const SafetensorsTensor& tensor) const {
    return tensor.shape.size() == 2 && tensor.name.ends_with(".weight") && is_float(tensor.type) &&
           tensor.shape[0] > 0 && tensor.shape[1] % options_.mlx->group == 0;
  }

  SafetensorsType type_of(const SafetensorsTensor& tensor) const {
    return is_float(tensor.type) && options_.dtype ? *options_.dtype : tensor.type;
  }

  void add(std::string name, SafetensorsType type, std::vector<std::uint64_t> shape,
           const ShardTensor& from, Kind kind) {
    Planned planned;
    planned.name = std::move(name);
    planned.type = type;
    planned.shape = std::move(shape);
    planned.from = &from;
    planned.kind = kind;
    plan_.push_back(std::move(planned));
  }

  void add_plain(const ShardTensor& each) {
    const SafetensorsType type = type_of(each.tensor);
    add(each.tensor.name, type, each.tensor.shape, each,
        type == each.tensor.type ? Kind::Copy : Kind::Floats);
  }

  void add_quantised(const ShardTensor& each) {
    const std::uint64_t out = each.tensor.shape[0];
    const std::uint64_t in = each.tensor.shape[1];
    const std::string path = each.tensor.name.substr(0, each.tensor.name.size() - 7);  // ".weight"
    const std::uint64_t words = mlx_code_bytes(in, *options_.mlx) / 4;
    add(each.tensor.name, SafetensorsType::U32, {out, words}, each, Kind::Codes);
    const SafetensorsType type = type_of(each.tensor);
    add(path + ".scales", type, {out, in / options_.mlx->group}, each, Kind::Scales);
    add(path + ".biases", type, {out, in / options_.mlx->group}, each, Kind::Biases);
  }

  const SafetensorsSet& tensors_;
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
  SafetensorsConversion(const SafetensorsSet& tensors, const SafetensorsOptions& options)
      : tensors_(tensors), options_(options) {}

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
    Bytes raw;
    std::vector<float> floats, scales, biases;
  };

  static void add_parts(const Planned& tensor, std::vector<Part>& parts) {
    const std::uint64_t elements = elements_of(tensor.from->tensor);
    if (elements == 0) return;
    const std::uint64_t row = row_of(tensor.from->tensor);
    const std::uint64_t rows_each = std::max<std::uint64_t>(1, kPartElements / row);
    for (std::uint64_t first = 0; first < elements / row; first += rows_each)
      parts.push_back({&tensor, first, std::min(rows_each, elements / row - first)});
  }

  Result<void> make_part(const Part& part, Bytes& into) const {
    const SafetensorsTensor& from = part.tensor->from->tensor;
    const std::uint64_t elements = part.rows * row_of(from);
    const std::uint64_t bytes = from.bytes / (elements_of(from) / row_of(from)) * part.rows;
    const std::uint64_t offset = bytes / part.rows * part.first_row;
    if (part.tensor->kind == Kind::Copy) {
      into.resize(bytes);
      return tensors_.read(*part.tensor->from, offset, into);
    }
    thread_local Scratch scratch;
    scratch.raw.resize(bytes);
    scratch.floats.resize(elements);
    TRY(tensors_.read(*part.tensor->from, offset, scratch.raw));
    TRY(dequantise(*dtype_of(from.type), scratch.raw, scratch.floats));
    if (part.tensor->kind == Kind::Floats) return append_floats(*part.tensor, scratch.floats, into);
    TRY(check_finite(part, scratch.floats));
    return append_quantised(*part.tensor, scratch, into);
  }

  static Result<void> append_floats(const Planned& tensor, std::span<const float> floats,
                                    Bytes& into) {
    const DType type = *dtype_of(tensor.type);
    into.resize(*row_bytes(type, floats.size()));
    return quantise(type, floats, floats.size(), {}, into);
  }

  Result<void> append_quantised(const Planned& tensor, Scratch& scratch, Bytes& into) const {
    const MlxFormat format = *options_.mlx;
    scratch.scales.resize(scratch.floats.size() / format.group);
    scratch.biases.resize(scratch.scales.size());
    if (tensor.kind == Kind::Codes) {
      into.resize(mlx_code_bytes(scratch.floats.size(), format));
      mlx_quantise(scratch.floats, format, into, scratch.scales, scratch.biases);
      return {};
    }
    mlx_scale(scratch.floats, format, scratch.scales, scratch.biases);
    return append_floats(tensor, tensor.kind == Kind::Scales ? scratch.scales : scratch.biases,
                         into);
  }

  static Result<void> check_finite(const Part& part, std::span<const float> floats) {
    const auto bad = std::ranges::find_if(floats, [](float x) { return !std::isfinite(x); });
    if (bad == floats.end()) return {};
    const std::uint64_t row = row_of(part.tensor->from->tensor);
    const auto at = static_cast<std::uint64_t>(bad - floats.begin());
    return fail(
        Code::Corrupt,
        fmt::format("tensor \"{}\", row {}, column {}: {} cannot be quantised",
                    part.tensor->from->tensor.name, part.first_row + at / row, at % row, *bad));
  }

  const SafetensorsSet& tensors_;
  const SafetensorsOptions& options_;
};

// MLX has these models under the names of their tensors; its larger ones have other names.
Result<bool> check_mlx(std::string_view config_text, MlxFormat format) {
  TRY(check_mlx_format(format));
  const HfConfig config = TRY(parse_hf_config(config_text));
  if (!config.nested) return config.tied;
  return fail(Code::Unsupported, "a text model within a larger one is not converted to MLX",
              "convert it to GGUF, or take the text model alone");
}

Result<void> put(FolderSink& sink, std::string_view name, std::string_view text) {
  TRY(sink.begin(name));
  TRY(sink.append(bytes_of(text)));
  return sink.end();
}

Result<void> copy_file(const os::FileSystem& fs, const os::Path& folder, std::string_view name,
                       FolderSink& sink) {
  if (!TRY(os::exists(fs, folder / name))) return {};
  const std::unique_ptr<os::File> file = TRY(fs.open(folder / name));
  TRY(sink.begin(name));
  Bytes part(kCopyBytes);
  for (std::uint64_t at = 0;;) {
    const std::size_t got = TRY(file->read_at(at, part));
    if (got == 0) return sink.end();
    TRY(sink.append(ByteView(part).first(got)));
    at += got;
  }
}

}  // namespace

Result<void> write_safetensors(const os::FileSystem& fs, const os::Path& folder,
                               const SafetensorsOptions& options, FolderSink& sink,
                               Progress& progress, const Stop& stop) {
  const std::string text =
      TRY(os::read_file(fs, folder / "config.json", limits::kConfigFileBytesMax));
  const Json config = TRY(parse_file_json(text), "\"config.json\"");
  if (!config.is_object()) return fail(Code::Corrupt, "\"config.json\": expected an object");
  const bool tied = options.mlx ? TRY(check_mlx(text, *options.mlx), "\"config.json\"") : false;
  const SafetensorsSet tensors = TRY(SafetensorsSet::open(fs, folder));
  const std::vector<Planned> plan = Planner(tensors, options, tied).run();
  const std::vector<ShardPlan> shards =
      shards_of(plan, options.shard_bytes, options.mlx ? "mlx" : "pt");
  std::uint64_t total = 0;
  for (const Planned& each : plan) total += safetensors_bytes(each.type, each.shape).value_or(0);
  progress.begin("convert", total);
  const SafetensorsConversion conversion(tensors, options);
  for (const ShardPlan& shard : shards) TRY(conversion.write(shard, sink, progress, stop));
  progress.end();
  if (options.mlx || shards.size() > 1) TRY(put(sink, kSafetensorsIndexFile, index_of(shards)));
  TRY(put(sink, kModelConfigFile, config_of(config, options)));
  for (const std::string_view name : kTokenizerFiles) TRY(copy_file(fs, folder, name, sink));
  return copy_file(fs, folder, kLicenseFile, sink);
}

}  // namespace tegula::tensor

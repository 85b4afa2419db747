#include "tensor/model_folder.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "base/limits.h"
#include "tensor/file_json.h"
#include "tensor/hf_config.h"
#include "tensor/safetensors_set.h"

namespace tegula::tensor {
namespace {

using codec::Json;

constexpr std::string_view kOneFile = "model.safetensors";

// What MLX writes into config.json of a model that it quantised.
Result<std::optional<MlxFormat>> mlx_format(const Json& config) {
  const auto found = config.find("quantization");
  if (found == config.end()) return std::optional<MlxFormat>();
  const auto number = [&](std::string_view name) -> Result<std::uint32_t> {
    const std::uint64_t value = TRY(codec::uint_member(*found, name));
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(value, 1024));
  };
  MlxFormat format;
  format.bits = TRY(number("bits"));
  format.group = TRY(number("group_size"));
  TRY(check_mlx_format(format));
  return std::optional(format);
}

std::string architecture_of(const Json& config) {
  const auto type = config.find("model_type");
  if (type != config.end() && type->is_string()) return type->get<std::string>();
  return "unknown";
}

// Weights that MLX packed into words count as what they stand for, and their scales not at all.
class Census {
 public:
  Census(const SafetensorsSet& tensors, const std::optional<MlxFormat>& mlx)
      : tensors_(tensors), mlx_(mlx) {}

  void count(ModelInfo& info) const {
    std::map<SafetensorsType, std::uint64_t> by_type;
    for (const ShardTensor& each : tensors_.tensors()) {
      const SafetensorsTensor& tensor = each.tensor;
      const std::uint64_t elements = element_count(tensor.shape).value_or(0);
      info.tensor_bytes += tensor.bytes;
      ++info.tensor_count;
      if (is_scale(tensor.name)) continue;
      info.parameters += is_packed(tensor) ? elements * 32 / mlx_->bits : elements;
      by_type[tensor.type] += elements;
    }
    const auto most = std::ranges::max_element(by_type, {}, [](const auto& e) { return e.second; });
    if (mlx_) {
      info.quantization = fmt::format("{}-bit", mlx_->bits);
    } else if (most != by_type.end()) {
      info.quantization = safetensors_type_name(most->first);
    }
  }

 private:
  bool is_packed(const SafetensorsTensor& tensor) const {
    return mlx_ && tensor.type == SafetensorsType::U32;
  }
  bool is_scale(std::string_view name) const {
    return mlx_ && (name.ends_with(".scales") || name.ends_with(".biases"));
  }

  const SafetensorsSet& tensors_;
  const std::optional<MlxFormat>& mlx_;
};

Result<void> list_files(const os::FileSystem& fs, const os::Path& folder,
                        const SafetensorsSet& tensors, ModelFolder& out) {
  out.configs.emplace_back(kModelConfigFile);
  for (const std::string_view name : kTokenizerFiles) {
    if (TRY(os::exists(fs, folder / name))) out.configs.emplace_back(name);
  }
  out.weights.assign(tensors.shards().begin(), tensors.shards().end());
  const bool has_index = TRY(os::exists(fs, folder / kSafetensorsIndexFile));
  if (has_index) out.configs.emplace_back(kSafetensorsIndexFile);
  out.main = out.weights == std::vector<std::string>{std::string(kOneFile)}
                 ? std::string(kOneFile)
                 : std::string(kSafetensorsIndexFile);
  if (TRY(os::exists(fs, folder / kLicenseFile))) out.docs.emplace_back(kLicenseFile);
  return {};
}

}  // namespace

Result<bool> is_model_folder(const os::FileSystem& fs, const os::Path& folder) {
  if (!TRY(os::exists(fs, folder / kModelConfigFile))) return false;
  return TRY(os::exists(fs, folder / kOneFile)) ||
         TRY(os::exists(fs, folder / kSafetensorsIndexFile));
}

Result<ModelFolder> read_model_folder(const os::FileSystem& fs, const os::Path& folder) {
  ModelFolder out;
  const std::string text =
      TRY(os::read_file(fs, folder / kModelConfigFile, limits::kConfigFileBytesMax));
  const std::string label = fmt::format("\"{}\"", kModelConfigFile);
  const Json config = TRY(parse_file_json(text), label);
  if (!config.is_object()) return fail(Code::Corrupt, label + ": expected an object");
  auto mlx = mlx_format(config);
  if (!mlx) return std::unexpected(as_file_error(std::move(mlx).error()).within(label));
  out.mlx = *mlx;
  const SafetensorsSet tensors = TRY(SafetensorsSet::open(fs, folder));
  TRY(list_files(fs, folder, tensors, out));
  out.info.architecture = architecture_of(config);
  if (const auto known = parse_hf_config(text)) {
    out.info.architecture = known->architecture;
    out.info.context_length = known->context;
    out.info.embedding_length = known->hidden;
    out.info.vocabulary = known->vocabulary;
  }
  Census(tensors, out.mlx).count(out.info);
  return out;
}

}  // namespace tegula::tensor

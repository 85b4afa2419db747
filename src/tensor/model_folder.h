// A folder with a model's safetensors: which of its files are the model, and what it is. The form
// of model hubs (config.json, safetensors, tokenizer) and of MLX, which adds "quantization".
//
// Any architecture: what conversion can do with it is hf_model.h's to say.
//
// Errors: those of the readers, each with the file's name in front. Thread rule: free functions.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "os/file_system.h"
#include "tensor/mlx_affine.h"
#include "tensor/model_info.h"

namespace tegula::tensor {

inline constexpr std::string_view kModelConfigFile = "config.json";
inline constexpr std::string_view kSafetensorsIndexFile = "model.safetensors.index.json";
inline constexpr std::string_view kLicenseFile = "LICENSE";

// Files that belong to the tokenizer and to how it is used.
inline constexpr std::array<std::string_view, 10> kTokenizerFiles = {
    "added_tokens.json", "chat_template.jinja",    "chat_template.json",
    "merges.txt",        "generation_config.json", "special_tokens_map.json",
    "tokenizer.json",    "tokenizer.model",        "tokenizer_config.json",
    "vocab.json",
};

struct ModelFolder {
  std::vector<std::string> configs;  // config.json first
  std::vector<std::string> weights;  // safetensors files, by name
  std::vector<std::string> docs;
  std::string main;              // what a loader is told: the one weight file, or the index
  std::optional<MlxFormat> mlx;  // quantised for MLX
  ModelInfo info;
};

// Whether the folder has a config.json and safetensors: nothing is said about them.
Result<bool> is_model_folder(const os::FileSystem& fs, const os::Path& folder);

Result<ModelFolder> read_model_folder(const os::FileSystem& fs, const os::Path& folder);

}  // namespace tegula::tensor

// The config of a Modelpack, application/vnd.cncf.model.config.v1+json: what the model is, for
// people and catalogues. The profile's schema allows no member of our own, so neither do we;
// runtime settings live in the layer tegula.json (docs/reference/manifest.md).
//
// encode() writes compact JSON in one fixed order, leaving out what is empty;
// parse(encode(x)) is x.
//
// Thread rule: a value. Errors: InvalidArgument, Exhausted past a limit.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "content/digest.h"

namespace tegula::content {

struct ModelDescriptor {
  std::string created_at = {};  // RFC 3339
  std::vector<std::string> authors = {};
  std::string vendor = {}, family = {}, name = {}, version = {}, title = {}, description = {};
  std::string doc_url = {}, source_url = {};
  std::vector<std::string> datasets_url = {};
  std::string revision = {};
  std::vector<std::string> licenses = {};  // SPDX

  bool operator==(const ModelDescriptor&) const = default;
};

struct ModelCapabilities {
  std::vector<std::string> input_types = {},
                           output_types = {};  // text image audio video embedding other
  std::string knowledge_cutoff = {};           // RFC 3339
  std::optional<bool> reasoning = {}, tool_usage = {}, reward = {};
  std::vector<std::string> languages = {};  // ISO 639, two letters

  bool operator==(const ModelCapabilities&) const = default;
};

struct ModelConfig {
  ModelDescriptor descriptor = {};
  std::string architecture = {};  // transformer, cnn, rnn
  std::string format = {};        // gguf, safetensors, …
  std::string param_size = {};    // "6.7B"
  std::string precision = {}, quantization = {};
  std::optional<ModelCapabilities> capabilities = {};
  std::vector<Digest> diff_ids = {};  // of the layers, in their order; uncompressed

  bool operator==(const ModelConfig&) const = default;

  static Result<ModelConfig> parse(std::string_view json);
};

// Refuses what parse would refuse.
Result<std::string> encode(const ModelConfig& config);

// "6.7B", "1M", "560K": the profile's paramSize, one decimal at most; empty below 1000.
std::string param_size(std::uint64_t parameters);

}  // namespace tegula::content

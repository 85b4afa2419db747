#include "source/ollama_manifest.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/limits.h"
#include "base/printable.h"
#include "codec/json.h"

namespace tegula::source {
namespace {

using codec::Json;

constexpr std::string_view kLayerPrefix = "application/vnd.ollama.image.";

struct LayerName {
  std::string_view name;
  OllamaLayer kind;
};
constexpr std::array kLayerNames = {
    LayerName{"model", OllamaLayer::Model},       LayerName{"projector", OllamaLayer::Projector},
    LayerName{"adapter", OllamaLayer::Adapter},   LayerName{"draft", OllamaLayer::Draft},
    LayerName{"template", OllamaLayer::Template}, LayerName{"prompt", OllamaLayer::Template},
    LayerName{"system", OllamaLayer::System},     LayerName{"params", OllamaLayer::Params},
    LayerName{"messages", OllamaLayer::Messages}, LayerName{"license", OllamaLayer::License},
};

// Parameters that are no whole numbers: Ollama writes 1.0 as 1.
constexpr std::array<std::string_view, 9> kFloats = {
    "temperature",      "top_p", "min_p",        "typical_p",    "repeat_penalty",
    "presence_penalty", "tfs_z", "mirostat_tau", "mirostat_eta",
};
constexpr std::string_view kFrequencyPenalty = "frequency_penalty";

Error corrupt(Error error) {
  if (error.code == Code::InvalidArgument) error.code = Code::Corrupt;
  return error;
}

Result<Json> parse_object(std::string_view text) {
  Result<Json> json = codec::parse_json(
      text, {.bytes_max = limits::kForeignTextBytesMax, .depth_max = limits::kJsonDepthMax});
  if (!json) return std::unexpected(corrupt(std::move(json).error()));
  if (!json->is_object()) return fail(Code::Corrupt, "expected a JSON object");
  return json;
}

Result<content::Descriptor> parse_blob(const Json& json) {
  if (!json.is_object()) return fail(Code::Corrupt, "expected a JSON object");
  const std::string digest = TRY(codec::string_member(json, "digest"));
  std::string type = TRY(codec::string_member(json, "mediaType"));
  const content::Digest parsed = TRY(content::Digest::parse(digest));
  content::Descriptor blob{.media_type = std::move(type), .digest = parsed};
  blob.size = TRY(codec::uint_member(json, "size"));
  if (blob.size > limits::kBlobBytesMax) return fail(Code::Corrupt, "the size is too large");
  return blob;
}

Result<OllamaLayer> layer_kind(std::string_view media_type) {
  const std::string_view name = media_type.starts_with(kLayerPrefix)
                                    ? media_type.substr(kLayerPrefix.size())
                                    : std::string_view();
  const auto* const known = std::ranges::find(kLayerNames, name, &LayerName::name);
  if (known != kLayerNames.end()) return known->kind;
  if (name == "tensor")
    return fail(Code::Unsupported, "the model is in Ollama's tensor files, not GGUF");
  return fail(Code::Unsupported,
              fmt::format("layers of type \"{}\" are not read", printable(media_type)));
}

Result<OllamaManifest::Layer> parse_layer(const Json& json) {
  content::Descriptor blob = TRY(parse_blob(json));
  const OllamaLayer kind = TRY(layer_kind(blob.media_type));
  return OllamaManifest::Layer{kind, std::move(blob)};
}

Result<OllamaManifest> parse_manifest(const Json& json) {
  const auto config = json.find("config");
  if (config == json.end()) return fail(Code::Corrupt, "it has no \"config\"");
  content::Descriptor config_blob = TRY(parse_blob(*config), "config");
  OllamaManifest out{std::move(config_blob), {}};
  const Json& layers = *TRY(codec::array_member(json, "layers"));
  if (layers.size() > limits::kManifestLayersMax)
    return fail(Code::Corrupt, fmt::format("it has {} layers", layers.size()));
  for (std::size_t i = 0; i < layers.size(); ++i)
    out.layers.push_back(TRY(parse_layer(layers[i]), fmt::format("layer {}", i)));
  const auto models =
      std::ranges::count(out.layers, OllamaLayer::Model, &OllamaManifest::Layer::kind);
  if (models != 1)
    return fail(Code::Unsupported, fmt::format("it has {} model files, expected one", models));
  return out;
}

Result<std::string> optional_text(const Json& json, std::string_view name) {
  const std::optional<std::string> text = TRY(codec::optional_string_member(json, name));
  return text.value_or("");
}

Result<content::Parameter> parse_stops(const Json& json) {
  std::vector<std::string> stops;
  for (const Json& item : json) {
    if (!item.is_string()) return fail(Code::Corrupt, "expected strings");
    stops.push_back(item.get<std::string>());
  }
  return stops;
}

Result<content::Parameter> parse_parameter(std::string_view name, const Json& json) {
  const bool is_float =
      std::ranges::find(kFloats, name) != kFloats.end() || name == kFrequencyPenalty;
  if (json.is_boolean()) return json.get<bool>();
  if (json.is_number_float() || (json.is_number() && is_float)) return json.get<double>();
  if (json.is_number_unsigned() && json.get<std::uint64_t>() > INT64_MAX)
    return fail(Code::Corrupt, "the number is too large");
  if (json.is_number_integer()) return json.get<std::int64_t>();
  if (json.is_string()) return std::vector<std::string>{json.get<std::string>()};
  if (json.is_array()) return parse_stops(json);
  return fail(Code::Corrupt, "expected a number, true, false or strings");
}

Result<content::Message> parse_message(const Json& json) {
  if (!json.is_object()) return fail(Code::Corrupt, "expected a JSON object");
  content::Message out;
  out.role = TRY(codec::string_member(json, "role"));
  out.content = TRY(codec::string_member(json, "content"));
  for (const std::string_view role : {"system", "user", "assistant"})
    if (out.role == role) return out;
  return fail(Code::Corrupt,
              fmt::format("expected system, user or assistant, got \"{}\"", printable(out.role)));
}

// Whatever is wrong with a file of somebody else's is its fault, not the user's.
template <class T>
Result<T> or_corrupt(Result<T> result) {
  if (result) return result;
  return std::unexpected(corrupt(std::move(result).error()));
}

Result<OllamaConfig> parse_config(const Json& json) {
  const std::string remote = TRY(optional_text(json, "remote_host"));
  if (!remote.empty()) {
    return fail(Code::Unsupported,
                fmt::format("the model is not here: it runs at {}", printable(remote)),
                "choose a model that was downloaded");
  }
  const std::string format = TRY(optional_text(json, "model_format"));
  if (!format.empty() && format != "gguf") {
    return fail(Code::Unsupported,
                fmt::format("the model is in format \"{}\", not GGUF", printable(format)));
  }
  OllamaConfig out;
  out.renderer = TRY(optional_text(json, "renderer"));
  out.parser = TRY(optional_text(json, "parser"));
  out.requires_version = TRY(optional_text(json, "requires"));
  return out;
}

Result<std::vector<content::Message>> parse_messages(const Json& json) {
  std::vector<content::Message> out;
  for (std::size_t i = 0; i < json.size(); ++i)
    out.push_back(TRY(parse_message(json[i]), fmt::format("message {}", i)));
  return out;
}

}  // namespace

Result<OllamaManifest> parse_ollama_manifest(std::string_view json) {
  return or_corrupt(parse_manifest(TRY(parse_object(json))));
}

Result<OllamaConfig> parse_ollama_config(std::string_view json) {
  return or_corrupt(parse_config(TRY(parse_object(json))));
}

Result<std::map<std::string, content::Parameter>> parse_ollama_params(std::string_view json) {
  const Json object = TRY(parse_object(json));
  std::map<std::string, content::Parameter> out;
  for (const auto& [name, value] : object.items()) {
    if (value.is_null()) continue;
    out.emplace(
        name, TRY(parse_parameter(name, value), fmt::format("parameter \"{}\"", printable(name))));
  }
  return out;
}

Result<std::vector<content::Message>> parse_ollama_messages(std::string_view json) {
  const Result<Json> array = codec::parse_json(
      json, {.bytes_max = limits::kForeignTextBytesMax, .depth_max = limits::kJsonDepthMax});
  if (!array) return std::unexpected(corrupt(array.error()));
  if (array->is_null()) return std::vector<content::Message>();
  if (!array->is_array()) return fail(Code::Corrupt, "expected a JSON array");
  return or_corrupt(parse_messages(*array));
}

}  // namespace tegula::source

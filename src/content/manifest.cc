#include "content/manifest.h"

#include <fmt/format.h>

#include "base/limits.h"
#include "content/descriptor_json.h"
#include "content/file_path.h"
#include "content/layer.h"
#include "content/media_type.h"

namespace tegula::content {
namespace {

Result<void> expect_string(const codec::Json& json, std::string_view name, std::string_view want) {
  const std::string got = TRY(codec::string_member(json, name));
  if (got == want) return {};
  return fail(Code::Unsupported,
              fmt::format("member \"{}\": expected \"{}\", got \"{}\"", name, want, got));
}

Result<void> check_header(const codec::Json& json) {
  if (!json.is_object()) return fail(Code::InvalidArgument, "expected a JSON object");
  const std::uint64_t version = TRY(codec::uint_member(json, "schemaVersion"));
  if (version != 2)
    return fail(Code::Unsupported,
                fmt::format("member \"schemaVersion\": expected 2, got {}", version));
  TRY(expect_string(json, "mediaType", media_type::kImageManifest));
  return expect_string(json, "artifactType", media_type::kModelManifest);
}

std::string layer_context(std::size_t index, std::size_t count) {
  return fmt::format("layer {} of {}", index + 1, count);
}

Result<std::vector<Descriptor>> parse_layers(const codec::Json& json) {
  const codec::Json& list = *TRY(codec::array_member(json, "layers"));
  std::vector<Descriptor> out;
  for (const codec::Json& layer : list)
    out.push_back(TRY(parse_descriptor(layer), layer_context(out.size(), list.size())));
  return out;
}

Result<void> check_config(const Descriptor& config) {
  TRY(check_descriptor(config));
  if (config.media_type != media_type::kModelConfig)
    return fail(Code::Unsupported, fmt::format("expected the media type \"{}\", got \"{}\"",
                                               media_type::kModelConfig, config.media_type));
  if (config.size > limits::kConfigBytesMax)
    return fail(Code::Exhausted, fmt::format("size of {} bytes; at most {} are allowed",
                                             config.size, limits::kConfigBytesMax));
  return {};
}

Result<void> check_layers(const std::vector<Descriptor>& layers) {
  if (layers.empty()) return fail(Code::InvalidArgument, "there are no layers");
  if (layers.size() > limits::kManifestLayersMax)
    return fail(Code::Exhausted, fmt::format("{} layers; at most {} are allowed", layers.size(),
                                             limits::kManifestLayersMax));
  std::vector<std::string_view> paths;
  for (const Descriptor& layer : layers) {
    const std::string context = layer_context(paths.size(), layers.size());
    TRY(check_descriptor(layer), context);
    TRY(check_layer(layer), context);
    paths.push_back(file_path(layer));
  }
  return check_file_paths(paths);
}

Result<void> check(const Manifest& manifest) {
  TRY(check_config(manifest.config), "config");
  TRY(check_layers(manifest.layers));
  if (manifest.subject) TRY(check_descriptor(*manifest.subject), "subject");
  return check_annotations(manifest.annotations);
}

Result<Manifest> parse_manifest(std::string_view text) {
  const codec::Json json = TRY(codec::parse_json(text, {.bytes_max = limits::kManifestBytesMax}));
  TRY(check_header(json));
  const codec::Json* config = TRY(codec::object_member(json, "config"));
  Descriptor descriptor = TRY(parse_descriptor(*config), "config");
  Manifest out{.config = std::move(descriptor)};
  out.layers = TRY(parse_layers(json));
  out.annotations = TRY(parse_annotations(json));
  if (json.contains("subject")) out.subject = TRY(parse_descriptor(json["subject"]), "subject");
  TRY(check(out));
  return out;
}

codec::OrderedJson manifest_json(const Manifest& manifest) {
  codec::OrderedJson json;
  json["schemaVersion"] = 2;
  json["mediaType"] = media_type::kImageManifest;
  json["artifactType"] = media_type::kModelManifest;
  json["config"] = descriptor_json(manifest.config);
  json["layers"] = codec::OrderedJson::array();
  for (const Descriptor& layer : manifest.layers) json["layers"].push_back(descriptor_json(layer));
  if (manifest.subject) json["subject"] = descriptor_json(*manifest.subject);
  if (!manifest.annotations.empty()) json["annotations"] = annotations_json(manifest.annotations);
  return json;
}

}  // namespace

Result<Manifest> Manifest::parse(std::string_view json) {
  return TRY(parse_manifest(json), "manifest");
}

Result<std::string> encode(const Manifest& manifest) {
  TRY(check(manifest), "manifest");
  std::string out = manifest_json(manifest).dump();
  if (out.size() > limits::kManifestBytesMax)
    return fail(Code::Exhausted, fmt::format("manifest: {} bytes; at most {} are allowed",
                                             out.size(), limits::kManifestBytesMax));
  return out;
}

std::vector<const Descriptor*> blobs_of(const Manifest& manifest) {
  std::vector<const Descriptor*> out = {&manifest.config};
  for (const Descriptor& layer : manifest.layers) out.push_back(&layer);
  return out;
}

const Descriptor* find_layer(const Manifest& manifest, std::string_view path) {
  for (const Descriptor& layer : manifest.layers)
    if (file_path(layer) == path) return &layer;
  return nullptr;
}

}  // namespace tegula::content

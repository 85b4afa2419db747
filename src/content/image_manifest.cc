#include "content/image_manifest.h"

#include <fmt/format.h>

#include "base/limits.h"
#include "content/descriptor_json.h"
#include "content/media_type.h"

namespace tegula::content {
namespace {

Result<std::string> check_header(const codec::Json& json) {
  if (!json.is_object()) return fail(Code::InvalidArgument, "expected a JSON object");
  const std::uint64_t version = TRY(codec::uint_member(json, "schemaVersion"));
  if (version != 2)
    return fail(Code::Unsupported,
                fmt::format("member \"schemaVersion\": expected 2, got {}", version));
  const auto type = TRY(codec::optional_string_member(json, "mediaType"));
  if (!type || *type == media_type::kImageManifest) return std::string(media_type::kImageManifest);
  if (*type == media_type::kDockerManifest) return *type;
  return fail(Code::Unsupported,
              fmt::format("member \"mediaType\": \"{}\" is no image manifest", *type));
}

Result<void> check(const ImageManifest& manifest) {
  TRY(check_descriptor(manifest.config), "config");
  if (!manifest.artifact_type.empty() && !is_media_type(manifest.artifact_type))
    return fail(Code::InvalidArgument,
                fmt::format("\"{}\" is not a media type", manifest.artifact_type));
  if (manifest.layers.size() > limits::kManifestLayersMax)
    return fail(Code::Exhausted, fmt::format("{} layers; at most {} are allowed",
                                             manifest.layers.size(), limits::kManifestLayersMax));
  for (std::size_t i = 0; i < manifest.layers.size(); ++i)
    TRY(check_descriptor(manifest.layers[i]), fmt::format("layer {}", i + 1));
  if (manifest.subject) TRY(check_descriptor(*manifest.subject), "subject");
  return check_annotations(manifest.annotations);
}

Result<ImageManifest> parse_manifest(std::string_view text) {
  const codec::Json json = TRY(codec::parse_json(text, {.bytes_max = limits::kManifestBytesMax}));
  std::string type = TRY(check_header(json));
  const codec::Json* config = TRY(codec::object_member(json, "config"));
  Descriptor descriptor = TRY(parse_descriptor(*config), "config");
  ImageManifest out{.media_type = std::move(type), .config = std::move(descriptor)};
  out.artifact_type = TRY(codec::optional_string_member(json, "artifactType")).value_or("");
  for (const codec::Json& layer : *TRY(codec::array_member(json, "layers")))
    out.layers.push_back(
        TRY(parse_descriptor(layer), fmt::format("layer {}", out.layers.size() + 1)));
  if (json.contains("subject")) out.subject = TRY(parse_descriptor(json["subject"]), "subject");
  out.annotations = TRY(parse_annotations(json));
  TRY(check(out));
  return out;
}

}  // namespace

Result<ImageManifest> ImageManifest::parse(std::string_view json) {
  return TRY(parse_manifest(json), "manifest");
}

Result<std::string> encode(const ImageManifest& manifest) {
  TRY(check(manifest), "manifest");
  if (manifest.media_type != media_type::kImageManifest)
    return fail(Code::Unsupported,
                fmt::format("manifest: \"{}\" is not written by us", manifest.media_type));
  codec::OrderedJson json;
  json["schemaVersion"] = 2;
  json["mediaType"] = manifest.media_type;
  if (!manifest.artifact_type.empty()) json["artifactType"] = manifest.artifact_type;
  json["config"] = descriptor_json(manifest.config);
  json["layers"] = codec::OrderedJson::array();
  for (const Descriptor& layer : manifest.layers) json["layers"].push_back(descriptor_json(layer));
  if (manifest.subject) json["subject"] = descriptor_json(*manifest.subject);
  if (!manifest.annotations.empty()) json["annotations"] = annotations_json(manifest.annotations);
  std::string out = json.dump();
  if (out.size() > limits::kManifestBytesMax)
    return fail(Code::Exhausted, fmt::format("manifest: {} bytes; at most {} are allowed",
                                             out.size(), limits::kManifestBytesMax));
  return out;
}

std::vector<const Descriptor*> blobs_of(const ImageManifest& manifest) {
  std::vector<const Descriptor*> out = {&manifest.config};
  for (const Descriptor& layer : manifest.layers) out.push_back(&layer);
  return out;
}

Descriptor empty_descriptor() {
  return {.media_type = std::string(media_type::kEmpty),
          .digest = Digest::of(bytes_of("{}")),
          .size = 2};
}

}  // namespace tegula::content

#include "content/image_index.h"

#include <fmt/format.h>

#include "base/limits.h"
#include "content/descriptor_json.h"
#include "content/media_type.h"

namespace tegula::content {
namespace {

Result<void> check_header(const codec::Json& json) {
  if (!json.is_object()) return fail(Code::InvalidArgument, "expected a JSON object");
  const std::uint64_t version = TRY(codec::uint_member(json, "schemaVersion"));
  if (version != 2)
    return fail(Code::Unsupported,
                fmt::format("member \"schemaVersion\": expected 2, got {}", version));
  // May be missing, in an index.json above all.
  const auto type = TRY(codec::optional_string_member(json, "mediaType"));
  if (type && *type != media_type::kImageIndex)
    return fail(Code::Unsupported, fmt::format("member \"mediaType\": expected \"{}\", got \"{}\"",
                                               media_type::kImageIndex, *type));
  return {};
}

Result<void> check(const ImageIndex& index) {
  if (index.manifests.size() > limits::kIndexManifestsMax)
    return fail(Code::Exhausted, fmt::format("{} manifests; at most {} are allowed",
                                             index.manifests.size(), limits::kIndexManifestsMax));
  if (!index.artifact_type.empty() && !is_media_type(index.artifact_type))
    return fail(Code::InvalidArgument,
                fmt::format("\"{}\" is not a media type", index.artifact_type));
  for (std::size_t i = 0; i < index.manifests.size(); ++i)
    TRY(check_descriptor(index.manifests[i]), fmt::format("manifest {}", i + 1));
  return check_annotations(index.annotations);
}

Result<std::optional<Platform>> parse_platform(const codec::Json& manifest) {
  if (!manifest.contains("platform")) return std::optional<Platform>();
  const codec::Json& json = *TRY(codec::object_member(manifest, "platform"));
  Platform out;
  out.os = TRY(codec::string_member(json, "os"));
  out.architecture = TRY(codec::string_member(json, "architecture"));
  return std::optional(std::move(out));
}

Result<Descriptor> parse_entry(const codec::Json& json) {
  Descriptor out = TRY(parse_descriptor(json));
  out.platform = TRY(parse_platform(json), "member \"platform\"");
  return out;
}

Result<ImageIndex> parse_index(std::string_view text) {
  const codec::Json json = TRY(codec::parse_json(text, {.bytes_max = limits::kManifestBytesMax}));
  TRY(check_header(json));
  ImageIndex out;
  out.artifact_type = TRY(codec::optional_string_member(json, "artifactType")).value_or("");
  for (const codec::Json& manifest : *TRY(codec::array_member(json, "manifests")))
    out.manifests.push_back(
        TRY(parse_entry(manifest), fmt::format("manifest {}", out.manifests.size() + 1)));
  out.annotations = TRY(parse_annotations(json));
  TRY(check(out));
  return out;
}

}  // namespace

Result<ImageIndex> ImageIndex::parse(std::string_view json) {
  return TRY(parse_index(json), "index");
}

Result<std::string> encode(const ImageIndex& index) {
  TRY(check(index), "index");
  codec::OrderedJson json;
  json["schemaVersion"] = 2;
  json["mediaType"] = media_type::kImageIndex;
  if (!index.artifact_type.empty()) json["artifactType"] = index.artifact_type;
  json["manifests"] = codec::OrderedJson::array();
  for (const Descriptor& manifest : index.manifests)
    json["manifests"].push_back(descriptor_json(manifest));
  if (!index.annotations.empty()) json["annotations"] = annotations_json(index.annotations);
  std::string out = json.dump();
  if (out.size() > limits::kManifestBytesMax)
    return fail(Code::Exhausted, fmt::format("index: {} bytes; at most {} are allowed", out.size(),
                                             limits::kManifestBytesMax));
  return out;
}

}  // namespace tegula::content

#include "content/descriptor.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/limits.h"
#include "base/utf8.h"
#include "content/annotation.h"
#include "content/descriptor_json.h"
#include "content/media_type.h"

namespace tegula::content {
namespace {

// The order that is inside our digests: docs/reference/manifest.md.
constexpr std::string_view kFirst[] = {
    annotation::kUntested, annotation::kFileMetadata,    annotation::kFilePath,
    annotation::kTitle,    annotation::kModctlModelfile, annotation::kKitopsKitfile,
    annotation::kCreated,  annotation::kLicenses,
};

std::size_t place_of(std::string_view name) {
  return static_cast<std::size_t>(std::ranges::find(kFirst, name) - std::begin(kFirst));
}

}  // namespace

const std::string* find_annotation(const Annotations& annotations, std::string_view name) {
  const auto found = annotations.find(name);
  return found == annotations.end() ? nullptr : &found->second;
}

Result<Annotations> parse_annotations(const codec::Json& owner) {
  Annotations out;
  const auto found = owner.find("annotations");
  if (found == owner.end()) return out;
  if (!found->is_object())
    return fail(Code::InvalidArgument, "member \"annotations\": expected an object");
  for (const auto& [name, value] : found->items()) {
    if (!value.is_string())
      return fail(Code::InvalidArgument, fmt::format("annotation \"{}\": expected a string", name));
    out.emplace(name, value.get_ref<const std::string&>());
  }
  return out;
}

codec::OrderedJson annotations_json(const Annotations& annotations) {
  std::vector<const Annotations::value_type*> sorted;
  for (const auto& entry : annotations) sorted.push_back(&entry);
  std::ranges::stable_sort(sorted, {}, [](const auto* entry) { return place_of(entry->first); });
  codec::OrderedJson out = codec::OrderedJson::object();
  for (const auto* entry : sorted) out[entry->first] = entry->second;
  return out;
}

Result<Descriptor> parse_descriptor(const codec::Json& json) {
  if (!json.is_object()) return fail(Code::InvalidArgument, "expected an object");
  std::string type = TRY(codec::string_member(json, "mediaType"));
  const std::string digest = TRY(codec::string_member(json, "digest"));
  const Digest parsed = TRY(Digest::parse(digest));
  Descriptor out{.media_type = std::move(type), .digest = parsed};
  out.size = TRY(codec::uint_member(json, "size"));
  const std::optional<std::string> artifact =
      TRY(codec::optional_string_member(json, "artifactType"));
  out.artifact_type = artifact.value_or("");
  out.annotations = TRY(parse_annotations(json));
  TRY(check_descriptor(out));
  return out;
}

Result<void> check_descriptor(const Descriptor& descriptor) {
  if (!is_media_type(descriptor.media_type))
    return fail(Code::InvalidArgument,
                fmt::format("\"{}\" is not a media type", descriptor.media_type));
  if (!descriptor.artifact_type.empty() && !is_media_type(descriptor.artifact_type))
    return fail(Code::InvalidArgument,
                fmt::format("\"{}\" is not a media type", descriptor.artifact_type));
  if (descriptor.size > limits::kBlobBytesMax)
    return fail(Code::Exhausted, fmt::format("size of {} bytes; at most {} are allowed",
                                             descriptor.size, limits::kBlobBytesMax));
  return check_annotations(descriptor.annotations);
}

Result<void> check_annotations(const Annotations& annotations) {
  for (const auto& [name, value] : annotations)
    if (name.empty() || !is_utf8(name) || !is_utf8(value))
      return fail(Code::InvalidArgument, "an annotation is nameless or not UTF-8");
  return {};
}

codec::OrderedJson descriptor_json(const Descriptor& descriptor) {
  codec::OrderedJson out;
  out["mediaType"] = descriptor.media_type;
  out["digest"] = descriptor.digest.str();
  out["size"] = descriptor.size;
  if (!descriptor.artifact_type.empty()) out["artifactType"] = descriptor.artifact_type;
  if (!descriptor.annotations.empty())
    out["annotations"] = annotations_json(descriptor.annotations);
  if (descriptor.platform)
    out["platform"] = {{"architecture", descriptor.platform->architecture},
                       {"os", descriptor.platform->os}};
  return out;
}

}  // namespace tegula::content

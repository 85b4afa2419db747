#include "content/target_index.h"

#include "base/printable.h"
#include "content/annotation.h"
#include "content/media_type.h"

namespace tegula::content {
namespace {

// A GGUF file and plain safetensors run anywhere, and say so by having no platform.
std::optional<Platform> platform_of(const std::string& format) {
  if (format == "mlx") return Platform{.os = "darwin", .architecture = "arm64"};
  return std::nullopt;
}

}  // namespace

Result<std::string> make_target_index(const std::vector<TargetPack>& packs, const Store& store) {
  ImageIndex index{.artifact_type = std::string(media_type::kModelManifest)};
  for (const TargetPack& pack : packs) {
    const std::string json = TRY(store.read_manifest_bytes(pack.manifest));
    Descriptor entry{.media_type = std::string(media_type::kImageManifest),
                     .digest = pack.manifest,
                     .size = json.size()};
    entry.artifact_type = media_type::kModelManifest;
    entry.annotations.emplace(annotation::kTarget, pack.format);
    entry.annotations.emplace(annotation::kTitle, pack.target);
    entry.platform = platform_of(pack.format);
    index.manifests.push_back(std::move(entry));
  }
  return encode(index);
}

std::string target_name(const Descriptor& entry) {
  const std::string* title = find_annotation(entry.annotations, annotation::kTitle);
  return title == nullptr ? entry.digest.str() : printable(*title);
}

}  // namespace tegula::content

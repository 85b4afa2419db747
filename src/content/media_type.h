// The media types we write and read: OCI image-spec 1.1, the CNCF ModelPack profile, and our own.
//
// A Modelpack's layers have one of 20 types, application/vnd.cncf.model.<kind>.v1.<form>. We write
// only the form `raw`: one file, as it is. Thread rule: values.
#pragma once

#include <optional>
#include <string_view>

namespace tegula::content {

namespace media_type {
inline constexpr std::string_view kImageManifest = "application/vnd.oci.image.manifest.v1+json";
inline constexpr std::string_view kImageIndex = "application/vnd.oci.image.index.v1+json";
inline constexpr std::string_view kDockerManifest =
    "application/vnd.docker.distribution.manifest.v2+json";
inline constexpr std::string_view kDockerIndex =
    "application/vnd.docker.distribution.manifest.list.v2+json";
inline constexpr std::string_view kEmpty = "application/vnd.oci.empty.v1+json";
inline constexpr std::string_view kTree = "application/vnd.tegula.tree.v1";
inline constexpr std::string_view kModelManifest = "application/vnd.cncf.model.manifest.v1+json";
inline constexpr std::string_view kModelConfig = "application/vnd.cncf.model.config.v1+json";

inline constexpr std::string_view kLock = "application/vnd.tegula.lock.v1+json";
inline constexpr std::string_view kInToto = "application/vnd.in-toto+json";
inline constexpr std::string_view kBundle = "application/vnd.dev.sigstore.bundle.v0.3+json";

inline constexpr std::string_view kWeight = "application/vnd.cncf.model.weight.v1.raw";
inline constexpr std::string_view kWeightConfig = "application/vnd.cncf.model.weight.config.v1.raw";
inline constexpr std::string_view kDoc = "application/vnd.cncf.model.doc.v1.raw";
inline constexpr std::string_view kCode = "application/vnd.cncf.model.code.v1.raw";
inline constexpr std::string_view kDataset = "application/vnd.cncf.model.dataset.v1.raw";
}  // namespace media_type

enum class LayerKind { Weight, WeightConfig, Doc, Code, Dataset };
enum class LayerForm { Raw, Tar, TarGzip, TarZstd };

struct LayerType {
  LayerKind kind = LayerKind::Weight;
  LayerForm form = LayerForm::Raw;
  bool operator==(const LayerType&) const = default;
};

// One of the 20 types of the profile, or nothing.
std::optional<LayerType> layer_type(std::string_view media_type);

// `type/subtype` of RFC 6838 §4.2: what a media type anywhere must look like.
bool is_media_type(std::string_view text);

}  // namespace tegula::content

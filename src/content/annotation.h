// The names of the annotations we write and read: OCI image-spec 1.1 "Annotations", the CNCF
// ModelPack profile, what modctl and KitOps look for, and our own (DESIGN §6).
#pragma once

#include <string_view>

namespace tegula::content::annotation {

inline constexpr std::string_view kFilePath = "org.cncf.model.filepath";
inline constexpr std::string_view kFileMetadata = "org.cncf.model.file.metadata+json";
inline constexpr std::string_view kUntested = "org.cncf.model.file.mediatype.untested";
inline constexpr std::string_view kTitle = "org.opencontainers.image.title";

inline constexpr std::string_view kRefName = "org.opencontainers.image.ref.name";

inline constexpr std::string_view kModctlModelfile = "org.cncf.modctl.modelfile";
inline constexpr std::string_view kKitopsKitfile = "ml.kitops.modelkit.kitfile";
inline constexpr std::string_view kCreated = "org.opencontainers.image.created";
inline constexpr std::string_view kLicenses = "org.opencontainers.image.licenses";

inline constexpr std::string_view kTarget = "dev.tegula.target";
inline constexpr std::string_view kTreeRoot = "dev.tegula.tree.root";
inline constexpr std::string_view kTreeBlob = "dev.tegula.tree.blob";
inline constexpr std::string_view kBuildId = "dev.tegula.build-id";
// Of a Sigstore bundle: what it holds ("dsse-envelope"), and the type of that statement.
inline constexpr std::string_view kBundleContent = "dev.sigstore.bundle.content";
inline constexpr std::string_view kBundlePredicateType = "dev.sigstore.bundle.predicateType";
inline constexpr std::string_view kPredicateType = "in-toto.io/predicate-type";
inline constexpr std::string_view kTreePiece = "dev.tegula.tree.piece";

}  // namespace tegula::content::annotation

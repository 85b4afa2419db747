// A limit on everything from outside: sizes, counts, depths, times. Each is tested at the limit and
// one past it. docs/reference/limits.md lists them for people.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace tegula::limits {

inline constexpr std::uint64_t kKiB = 1024;
inline constexpr std::uint64_t kMiB = 1024 * kKiB;
inline constexpr std::uint64_t kGiB = 1024 * kMiB;
inline constexpr std::uint64_t kTiB = 1024 * kGiB;

// Modelfile
inline constexpr std::uint64_t kModelfileBytesMax = 4 * kMiB;
inline constexpr std::size_t kModelfileCommandsMax = 10'000;
inline constexpr std::uint64_t kLockBytesMax = 4 * kMiB;
inline constexpr std::size_t kReferrersMax = 256;                  // of one model, brought along
inline constexpr std::uint64_t kReferrerBlobBytesMax = 16 * kMiB;  // of one of them
inline constexpr std::size_t kLockInputsMax = 10'000;
inline constexpr std::size_t kLockTargetsMax = 64;
inline constexpr std::uint64_t kLockTextBytesMax = 4 * kKiB;
inline constexpr std::uint64_t kLockNumberMax = 9'007'199'254'740'992;  // 2^53: a double holds it
inline constexpr std::uint64_t kLockSecondsMax = 9'223'372'035;  // since 1970; in the year 2262
inline constexpr std::size_t kTemplateDepthMax = 64;
inline constexpr std::uint64_t kTemplateExpressionBytesMax = 64 * kKiB;

// JSON
inline constexpr std::uint64_t kJsonBytesMax = 16 * kMiB;
inline constexpr std::size_t kJsonDepthMax = 64;

// TOML
inline constexpr std::uint64_t kTomlBytesMax = 1 * kMiB;
inline constexpr std::size_t kTomlDepthMax = 16;
inline constexpr std::size_t kTomlLineDotsMax = 256;

// Keys and certificates
inline constexpr std::size_t kKeyBytesMax = 4 * kKiB;
inline constexpr std::size_t kCertificateBytesMax = 64 * kKiB;
inline constexpr std::size_t kCertificateChainMax = 8;
inline constexpr std::size_t kTimestampBytesMax = 64 * kKiB;
inline constexpr std::size_t kTimestampMessageBytesMax = 1 * kMiB;

// References (distribution reference grammar)
inline constexpr std::size_t kReferenceCharsMax = 255;
inline constexpr std::size_t kTagCharsMax = 128;

// Manifests and the store
inline constexpr std::uint64_t kManifestBytesMax = 4 * kMiB;
inline constexpr std::size_t kManifestLayersMax = 4096;
inline constexpr std::size_t kIndexManifestsMax = 4096;
inline constexpr std::uint64_t kConfigBytesMax = 4 * kMiB;
inline constexpr std::size_t kConfigListItemsMax = 4096;
inline constexpr std::uint64_t kBlobBytesMax = 16 * kTiB;
inline constexpr std::uint64_t kTreePieceBytes = 1 * kMiB;
inline constexpr std::uint64_t kTreeBlockBytes = 16 * kKiB;
inline constexpr std::size_t kTagVersionsMax = 10'000;
inline constexpr std::size_t kFilePathBytesMax = 1024;
inline constexpr std::size_t kFileNameBytesMax = 255;
inline constexpr std::size_t kFilePathDepthMax = 16;
inline constexpr std::size_t kRepairDepthMax = 16;  // folders below one named with --from
inline constexpr std::size_t kRepairFilesMax = 100'000;
inline constexpr std::size_t kRepairSourcesMax = 64;  // files tried for one blob
inline constexpr std::size_t kLeaseDigestsMax = 10'000;
inline constexpr std::size_t kPartialVersionBytesMax = 1024;
inline constexpr std::chrono::seconds kPartialKept{14 * 24 * 3600};  // after the last piece

// Logs (C2SP tlog-tiles, signed-note, tlog-checkpoint, tlog-policy, tlog-proof)
inline constexpr std::uint64_t kLogSizeMax = 9'223'372'036'854'775'807;
inline constexpr std::size_t kLogProofHashesMax = 64;
inline constexpr std::size_t kLogEntryBytesMax = 65'535;
inline constexpr std::size_t kNoteBytesMax = 1 * kMiB;
inline constexpr std::size_t kNoteSignaturesMax = 64;
inline constexpr std::size_t kNoteSignatureBytesMax = 8 * kKiB;
inline constexpr std::size_t kKeyNameBytesMax = 255;
inline constexpr std::size_t kVkeyBytesMax = 4 * kKiB;
inline constexpr std::size_t kOriginBytesMax = 255;
inline constexpr std::size_t kCheckpointExtensionsMax = 16;
inline constexpr std::size_t kPolicyBytesMax = 256 * kKiB;
inline constexpr std::size_t kPolicyEntriesMax = 256;  // logs, witnesses and groups, each
inline constexpr std::size_t kLogProofBytesMax = 2 * kMiB;
inline constexpr std::size_t kLogProofExtraBytesMax = 64 * kKiB;

// Log servers and witnesses (C2SP tlog-witness, Rekor v2)
inline constexpr std::size_t kLogPoolEntriesMax = 16'384;
inline constexpr std::uint64_t kLogPoolBytesMax = 64 * kMiB;
inline constexpr std::size_t kLogRoundEntriesMax = 8192;
inline constexpr std::uint64_t kLogConfigBytesMax = 64 * kKiB;
inline constexpr std::uint64_t kRekorRequestBytesMax = 128 * kKiB;
inline constexpr std::size_t kWitnessProofHashesMax = 63;
inline constexpr std::uint64_t kWitnessRequestBytesMax = 128 * kKiB;
inline constexpr std::uint64_t kWitnessReplyBytesMax = 64 * kKiB;
inline constexpr std::chrono::seconds kWitnessWaitMax{2};       // for one checkpoint
inline constexpr std::chrono::seconds kPublicationWaitMax{20};  // of a client's request
inline constexpr std::size_t kFsckFaultsMax = 1000;

// Attestations (DSSE, in-toto, Sigstore bundles)
inline constexpr std::uint64_t kBundleBytesMax = 16 * kMiB;
inline constexpr std::size_t kBundleDepthMax = 16;
inline constexpr std::size_t kBundleCertificatesMax = 16;
inline constexpr std::size_t kBundleLogEntriesMax = 32;
inline constexpr std::size_t kBundleTimestampsMax = 32;
inline constexpr std::size_t kEnvelopeSignaturesMax = 16;
inline constexpr std::size_t kStatementSubjectsMax = 4096;
inline constexpr std::size_t kSubjectDigestsMax = 32;

// Verification (Sigstore trusted roots and signing configurations, RFC 6962, OpenSSF model signing,
// policy.toml)
inline constexpr std::uint64_t kTrustedRootBytesMax = 1 * kMiB;
inline constexpr std::size_t kTrustedRootItemsMax = 64;  // logs and authorities, of each kind
inline constexpr std::uint64_t kSigningConfigBytesMax = 256 * kKiB;
inline constexpr std::size_t kSigningConfigServicesMax = 64;  // of each kind
inline constexpr std::size_t kCertificateTimestampsMax = 16;
inline constexpr std::size_t kModelResourcesMax = 100'000;
inline constexpr std::size_t kTrustPolicyRulesMax = 256;
inline constexpr std::size_t kTrustPolicySignersMax = 64;  // of one rule, each kind
inline constexpr std::size_t kTrustPatternBytesMax = 1024;

// Runtime settings (tegula.json)
inline constexpr std::size_t kStopStringsMax = 64;

// The command line and its configuration
inline constexpr std::uint64_t kConfigFileBytesMax = 1 * kMiB;
inline constexpr std::uint64_t kPromptBytesMax = 16 * kMiB;
inline constexpr std::uint64_t kHistoryBytesMax = 4 * kMiB;
inline constexpr std::uint64_t kHistoryLineBytesMax = 64 * kKiB;

// GGUF (ggml/include/gguf.h; the engine's reader has its own, looser ones)
inline constexpr std::uint64_t kGgufMetadataBytesMax = 512 * kMiB;
inline constexpr std::uint64_t kGgufKeysMax = 65'536;
inline constexpr std::uint64_t kGgufTensorsMax = 65'536;
inline constexpr std::uint64_t kGgufKeyCharsMax = 65'535;
inline constexpr std::uint64_t kGgufTensorNameCharsMax = 63;
inline constexpr std::uint64_t kGgufStringBytesMax = 16 * kMiB;
inline constexpr std::uint64_t kGgufArrayItemsMax = 16'777'216;
inline constexpr std::uint32_t kGgufDimensionsMax = 4;
inline constexpr std::uint32_t kGgufAlignmentMax = 1 * kMiB;
inline constexpr std::uint64_t kGgufArrayKeptBytesMax = 64 * kKiB;

// safetensors (the format itself allows a header of 100 MB)
inline constexpr std::uint64_t kSafetensorsHeaderBytesMax = 16 * kMiB;
inline constexpr std::uint64_t kSafetensorsTensorsMax = 65'536;
inline constexpr std::uint64_t kSafetensorsNameBytesMax = 512;
inline constexpr std::uint64_t kSafetensorsDimensionsMax = 8;
inline constexpr std::uint64_t kSafetensorsIndexBytesMax = 32 * kMiB;
inline constexpr std::size_t kSafetensorsShardsMax = 512;
inline constexpr std::size_t kSafetensorsSetTensorsMax = 262'144;

// Models (what the metadata of a GGUF file may claim)
inline constexpr std::uint64_t kModelContextMax = 268'435'456;
inline constexpr std::uint64_t kModelEmbeddingMax = 1'048'576;
inline constexpr std::uint64_t kModelLayersMax = 512;  // the engine's own
inline constexpr std::uint64_t kModelHeadsMax = 65'536;
inline constexpr std::uint64_t kModelRankMax = 65'536;
inline constexpr std::size_t kArchitectureCharsMax = 64;
inline constexpr std::uint64_t kChatTemplateBytesMax = 1 * kMiB;

// Tokenizers
inline constexpr std::uint64_t kTokenizerBytesMax = 64 * kMiB;
inline constexpr std::size_t kTokensMax = 1'048'576;

// Model folders of other programs
inline constexpr std::size_t kForeignEntriesMax = 10'000;
inline constexpr std::uint64_t kForeignTextBytesMax = 4 * kMiB;

// Registries and model hubs
inline constexpr std::uint64_t kCredentialFileBytesMax = 1 * kMiB;
inline constexpr std::size_t kRegistryPagesMax = 1000;
inline constexpr int kPieceTriesMax = 3;     // of one piece that comes wrong
inline constexpr int kDownloadTriesMax = 8;  // in a row without a piece

// Engine
inline constexpr std::size_t kEngineAdaptersMax = 32;
inline constexpr std::chrono::seconds kEngineStartMax{600};
inline constexpr std::uint64_t kEngineReplyBytesMax = 64 * kMiB;
inline constexpr std::uint64_t kEngineSettingsBytesMax = 4 * kMiB;
inline constexpr std::size_t kEngineMessageBytesMax = 1 * kMiB;  // one line of its control pipe
inline constexpr std::uint64_t kEngineLogBytesMax = 4 * kMiB;

// HTTP
inline constexpr std::size_t kUrlBytesMax = 8 * kKiB;
inline constexpr std::uint32_t kHttpHeaderBytesMax = 64 * kKiB;
inline constexpr std::size_t kHttpHeadersMax = 256;
inline constexpr std::uint64_t kHttpReplyBytesMax = 16 * kMiB;
inline constexpr std::size_t kHttpRedirectsMax = 5;
inline constexpr std::chrono::seconds kHttpConnectMax{30};
inline constexpr std::chrono::seconds kHttpStallMax{30};
inline constexpr std::size_t kSseLineBytesMax = 16 * kMiB;
inline constexpr std::size_t kSseEventBytesMax = 16 * kMiB;

// HTTP servers
inline constexpr std::uint32_t kServerHeaderBytesMax = 16 * kKiB;
inline constexpr std::uint64_t kServerBodyBytesMax = 1 * kMiB;
inline constexpr std::size_t kServerConnectionsMax = 4096;
inline constexpr std::chrono::seconds kServerIdleMax{60};      // between two requests
inline constexpr std::chrono::seconds kServerTransferMax{30};  // of one request or reply

}  // namespace tegula::limits

// Sigstore bundles: a signature with everything that it takes to verify it offline (protobuf-specs
// sigstore_bundle.proto, versions 0.1 to 0.3; docs/reference/bundle.md).
//
// Parsing checks the form and the rules of the version. Nothing is verified.
//
// Thread rule: values. Errors: Corrupt for what is no bundle, Unsupported for another version,
// Exhausted past a limit.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "attest/envelope.h"
#include "base/bytes.h"
#include "base/result.h"
#include "tlog/proof.h"

namespace tegula::attest {

enum class BundleVersion { V0_1, V0_2, V0_3 };

struct InclusionProof {
  std::uint64_t log_index = 0;  // in this shard of the log
  Bytes root{};                 // 32 bytes; believe the checkpoint's instead
  std::uint64_t tree_size = 0;  // likewise
  tlog::Proof hashes{};
  std::string checkpoint{};  // a signed note; may be missing in version 0.1

  bool operator==(const InclusionProof&) const = default;
};

struct LogEntry {
  std::uint64_t log_index = 0;
  Bytes log_id{};                       // SHA-256 of the log's key, or of its note key
  std::string kind{};                   // "hashedrekord", "dsse", "intoto"
  std::string version{};                // of the kind
  std::uint64_t integrated_time_s = 0;  // POSIX seconds; vouched for by the promise alone
  Bytes promise{};                      // the signed entry timestamp; empty: none
  std::optional<InclusionProof> proof{};
  Bytes body{};  // canonicalised; what the leaf is made of

  bool operator==(const LogEntry&) const = default;
};

// A signature over the artifact itself.
struct MessageSignature {
  std::string algorithm;  // "SHA2_256"; of a digest that is a hint only
  Bytes digest;
  Bytes signature;

  bool operator==(const MessageSignature&) const = default;
};

// DER, the leaf first. Versions up to 0.2 have it as a chain; in 0.3 Sigstore has the leaf alone,
// and OpenSSF model signing a chain.
struct CertificateChain {
  std::vector<Bytes> certificates;
  bool as_chain = false;

  bool operator==(const CertificateChain&) const = default;
};

// Names a key that the verifier already has; by custom base64 of SHA-256 over its DER.
struct KeyHint {
  std::string hint;

  bool operator==(const KeyHint&) const = default;
};

struct Bundle {
  BundleVersion version = BundleVersion::V0_3;
  std::variant<CertificateChain, KeyHint> key;
  std::vector<LogEntry> entries;
  std::vector<Bytes> timestamps;                     // RFC 3161 TimeStampResp, DER
  std::variant<MessageSignature, Envelope> content;  // an envelope has one signature

  bool operator==(const Bundle&) const = default;
};

// What a log of version 2 answers (Rekor's TransparencyLogEntry), which has a proof.
Result<LogEntry> parse_log_entry(std::string_view text);

Result<Bundle> parse_bundle(std::string_view text);

// Version 0.3, canonical JSON, whatever version the bundle came in. InvalidArgument if a log entry
// has no proof, as that version wants, or if there isn't one certificate where there is no chain.
Result<std::string> encode(const Bundle& bundle);

}  // namespace tegula::attest

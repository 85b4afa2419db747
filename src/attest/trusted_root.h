// Sigstore trusted roots: the logs and authorities that a verifier believes, and when
// (protobuf-specs sigstore_trustroot.proto, TrustedRoot 0.1; docs/reference/trusted-root.md).
//
// Thread rule: values. Errors: Corrupt for what is no trusted root, Unsupported for another
// version, Exhausted past a limit.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/certificate.h"
#include "crypto/key.h"

namespace tegula::attest {

// Of signatures, or of certificates.
struct TrustedLog {
  std::string base_url;                  // https://host[:port][/path]
  Bytes id;                              // as entries and certificates name the log
  std::optional<crypto::PublicKey> key;  // nothing if it is of a kind that can't be checked here
  crypto::Validity validity{};

  bool operator==(const TrustedLog&) const = default;
};

// Of certificates, or of timestamps.
struct TrustedAuthority {
  std::string organization{};
  std::string common_name{};
  std::string uri{};
  std::vector<crypto::Certificate> chain{};  // from what issues or stamps to the anchor; not empty
  crypto::Validity validity{};

  bool operator==(const TrustedAuthority&) const = default;
};

struct TrustedRoot {
  std::vector<TrustedLog> logs;
  std::vector<TrustedAuthority> certificate_authorities;
  std::vector<TrustedLog> certificate_logs;
  std::vector<TrustedAuthority> timestamp_authorities;

  bool operator==(const TrustedRoot&) const = default;
};

Result<TrustedRoot> parse_trusted_root(std::string_view text);

// Canonical JSON that other verifiers take too. InvalidArgument for a log without a key, since it
// would be dropped silently.
Result<std::string> encode(const TrustedRoot& root);

// "log.example:8080" and "log.example": what the log may call itself in its checkpoints.
std::string authority_of(const TrustedLog& log);
std::string host_of(const TrustedLog& log);

// For people: its common name, organisation or URI.
std::string name_of(const TrustedAuthority& authority);

}  // namespace tegula::attest

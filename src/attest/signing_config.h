// Sigstore signing configurations: which services a signer asks (protobuf-specs
// sigstore_trustroot.proto, SigningConfig 0.2; docs/reference/signing-config.md).
//
// Thread rule: values. Errors: Corrupt for what is none, Unsupported for another version, Exhausted
// past a limit.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "crypto/certificate.h"

namespace tegula::attest {

struct Service {
  std::string url;
  std::uint64_t api_version = 0;
  crypto::Validity validity{};
  std::string run_by{};  // one of several of the same operator is asked

  bool operator==(const Service&) const = default;
};

// How many of the services of a kind.
struct ServiceChoice {
  enum class Selector { All, Any, Exact };
  Selector selector = Selector::Any;
  std::uint64_t count = 0;  // of Exact: at least 1; else 0

  bool operator==(const ServiceChoice&) const = default;
};

struct SigningConfig {
  std::vector<Service> certificate_authorities;
  std::vector<Service> identity_providers;
  std::vector<Service> logs;
  std::vector<Service> timestamp_authorities;
  ServiceChoice log_choice;
  ServiceChoice timestamp_choice;

  bool operator==(const SigningConfig&) const = default;
};

// Whom to ask at a time: services that are valid then and speak this version, the first of each
// operator, and of these as many as the choice wants. NotFound if there are fewer.
Result<std::vector<Service>> choose_services(const std::vector<Service>& services,
                                             const ServiceChoice& choice, std::uint64_t api_version,
                                             std::int64_t time_s);

Result<SigningConfig> parse_signing_config(std::string_view text);
Result<std::string> encode(const SigningConfig& config);  // canonical JSON

}  // namespace tegula::attest

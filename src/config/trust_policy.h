// policy.toml: for which models what signatures are asked for. docs/reference/policy.md lists the
// keys. Read here, judged by in attest, which knows what keys and logs are.
//
// Errors: InvalidArgument with line and column for a file that is malformed or contradicts itself,
// Exhausted past a limit. Thread rule: values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "os/file_system.h"

namespace tegula::config {

enum class TrustMode {
  Enforce,  // a model that doesn't hold isn't run
  Warn,
  Off,  // nobody asks
};

std::string_view name_of(TrustMode mode);  // "enforce"

// Where something stands in the file, for messages: no part of what it says.
struct PolicyPlace {
  std::string text{};  // "policy.toml: line 3, column 1"; empty for what was not read

  bool operator==(const PolicyPlace&) const { return true; }
};

// An identity with its issuer, or a key.
struct PolicySigner {
  std::string identity{};  // a pattern
  std::string issuer{};    // letter for letter
  std::string key{};       // base64 of a SubjectPublicKeyInfo
  PolicyPlace key_place{};

  bool operator==(const PolicySigner&) const = default;
};

struct PolicyRule {
  std::vector<std::string> names;  // patterns, at least one
  TrustMode mode = TrustMode::Enforce;
  std::vector<PolicySigner> signers{};   // one of them must have signed; none: anybody
  std::vector<std::string> logs{};       // vkeys; none: any log of the trusted root
  std::vector<std::string> witnesses{};  // vkeys
  std::uint64_t witnesses_min = 0;       // of these
  std::vector<PolicySigner> rebuilders{};
  std::uint64_t rebuilders_min = 0;  // of these, and none of them the signer
  PolicyPlace logs_place{}, witnesses_place{};

  bool operator==(const PolicyRule&) const = default;
};

struct TrustPolicy {
  std::vector<PolicyRule> rules;

  // A file that is not there is an empty one.
  static Result<TrustPolicy> load(const os::FileSystem& files, const os::Path& path);
  static Result<TrustPolicy> parse(std::string_view toml, std::string_view file = {});  // its name

  // The first rule with a pattern for the name; null if there is none. `spellings` are those of one
  // name, such as with and without its tag.
  const PolicyRule* rule_for(const std::vector<std::string>& spellings) const;

  bool operator==(const TrustPolicy&) const = default;
};

// A rule as a part of policy.toml, which parses to the same.
std::string encode(const PolicyRule& rule);

// `*` stands for any characters, also none and slashes; everything else for itself.
bool matches(std::string_view pattern, std::string_view text);

}  // namespace tegula::config

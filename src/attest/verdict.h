// What a rule of policy.toml makes of a model's bundles: whether somebody who may has signed it, in
// a log that counts and before enough witnesses, and whether enough others have rebuilt it
// (docs/reference/policy.md).
//
// Thread rule: values. Errors: InvalidArgument for a rule whose keys are none.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "attest/bundle.h"
#include "attest/bundle_claim.h"
#include "attest/model_signature.h"
#include "attest/trusted_root.h"
#include "attest/verifier.h"
#include "base/result.h"
#include "base/stop.h"
#include "config/trust_policy.h"
#include "content/digest.h"
#include "tlog/policy.h"

namespace tegula::attest {

// The statement of somebody who has built a model again: what was expected, and what came out.
inline constexpr std::string_view kRebuildType = "https://tegula.dev/attestation/rebuild/v1";

// What cosign calls a signature: a statement about the manifest that claims nothing else.
inline constexpr std::string_view kSignatureType = "https://sigstore.dev/cosign/sign/v1";

struct SignerPattern {
  std::string identity;  // config::matches
  std::string issuer;    // letter for letter

  bool operator==(const SignerPattern&) const = default;
};

using PermittedSigner = std::variant<SignerPattern, crypto::PublicKey>;

// A rule with its keys read.
struct PolicyTerms {
  config::TrustMode mode = config::TrustMode::Enforce;
  std::vector<PermittedSigner> signers{};  // none: anybody with a certificate of the root
  std::vector<PermittedSigner> rebuilders{};
  std::uint64_t rebuilders_min = 0;
  tlog::Policy logs{};

  // There is no rule: whatever holds is told, of whomever, also by the key that a log has beside a
  // bundle (logged_key.h).
  bool is_open = false;
};

Result<PolicyTerms> terms_of(const config::PolicyRule& rule);

struct VerdictRequest {
  const PolicyTerms& terms;
  const TrustedRoot& root;
  content::Digest model;            // of its manifest
  std::span<const Bundle> bundles;  // all there are

  // Its files by name: what a model signature (OMS) of it must list, all of them and no other.
  std::span<const ModelResource> files{};
};

// A bundle that doesn't count.
struct Refusal {
  Error why;
  BundleClaim claim{};
};

struct Verdict {
  bool holds = false;
  std::string why{};                       // it doesn't; empty if it does
  std::vector<Verification> signatures{};  // of permitted signers

  // Of different permitted rebuilders, none of them a signer; without a rule all that hold.
  std::vector<Verification> rebuilds{};
  std::vector<Refusal> refused{};  // each other bundle
};

// With the mode Off nothing is looked at, and everything holds. Warn is judged like Enforce: what
// follows is the caller's. What `stop` says is the only error.
Result<Verdict> judge(const VerdictRequest& request, const Stop& stop);

}  // namespace tegula::attest

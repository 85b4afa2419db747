// The one verifier: whether a bundle is a signature of an artifact, by whom, when, and in which
// log. Offline: everything it believes comes with the request
// (docs/reference/verification.md; Sigstore client specification).
//
// Thread rule: free function over values. Errors, each with its reason: Untrusted for what doesn't
// hold, Corrupt for parts that are malformed, Unsupported for what can't be checked here, Exhausted
// past a limit.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "attest/bundle.h"
#include "attest/certificate_log.h"
#include "attest/identity.h"
#include "attest/log_body.h"
#include "attest/log_entry.h"
#include "attest/model_signature.h"
#include "attest/statement.h"
#include "attest/trusted_root.h"
#include "base/result.h"
#include "crypto/certificate.h"
#include "crypto/key.h"
#include "tlog/policy.h"

namespace tegula::attest {

// Whoever the root's authorities vouch for: the caller looks at Verification::signer itself.
struct AnyIdentity {};

// A certificate's identity, letter for letter, or a key that the verifier has.
using ExpectedSigner = std::variant<AnyIdentity, Identity, crypto::PublicKey>;

// How many independent voices there must be. What is there is checked in any case.
struct Requirements {
  std::size_t logs = 1;
  std::size_t certificate_logs = 1;  // of a certificate; a key is in none
  std::size_t timestamps = 0;        // of timestamp authorities
};

struct VerifyRequest {
  const Bundle& bundle;
  const SignedMessage& artifact;  // a statement is about it, another signature over it
  const TrustedRoot& root;
  ExpectedSigner signer;
  Requirements requirements{};
  const tlog::Policy* policy = nullptr;         // logs and witnesses; null: any log of the root
  std::optional<std::string> predicate_type{};  // that the statement must have
  // POSIX seconds; when a certificate must have been valid if nothing proves when it signed.
  // Nothing: something must.
  std::optional<std::int64_t> assumed_time_s{};
};

struct ProvenTime {
  enum class Source { Log, TimestampAuthority };
  Source source = Source::Log;
  std::string by;  // origin of the log, name of the authority
  std::int64_t time_s = 0;

  bool operator==(const ProvenTime&) const = default;
};

struct Verification {
  std::variant<Identity, crypto::PublicKey> signer;  // an identity without a name: the authority's
  std::optional<crypto::Certificate> certificate;
  std::vector<crypto::Certificate> chain;  // from the certificate to its anchor
  std::vector<ProvenTime> times;           // when it had been signed, at the latest
  std::vector<CertificateLogged> certificate_logs;
  std::vector<VerifiedEntry> entries;
  std::optional<Statement> statement;  // what an envelope says; else: the artifact itself
  std::optional<ModelSignature> model_signature;  // if the statement is one
  std::size_t ignored_entries = 0;                // of logs that the root doesn't have
  std::size_t ignored_timestamps = 0;             // of authorities that it doesn't have
};

Result<Verification> verify_bundle(const VerifyRequest& request);

}  // namespace tegula::attest

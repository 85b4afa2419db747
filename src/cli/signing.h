// What `sign` and `attest` share: the key, and the services that a signing configuration names.
//
// Thread rule: one thread at a time.
#pragma once

#include <memory>
#include <string>

#include "attest/bundle_signing.h"
#include "attest/signing_config.h"
#include "attest/trusted_root.h"
#include "cli/arguments.h"
#include "cli/session.h"
#include "cli/trust.h"
#include "net/transport.h"

namespace tegula::cli {

inline constexpr std::string_view kDefaultKey = "default";

inline constexpr Flag kKeyNameFlag{.name = "key",
                                   .value = "NAME",
                                   .help = "which of this machine's keys signs",
                                   .fallback = kDefaultKey};
inline constexpr Flag kSigningConfigFlag{.name = "signing-config",
                                         .value = "FILE",
                                         .help = "the log and the timestamp authority to ask",
                                         .fallback = "signing_config.json beside config.toml",
                                         .completes = "file"};
// Signs statements about models in the store, brings them into the log, checks that the bundle
// holds, and attaches it.
class ModelSigner {
 public:
  // Whether this machine has a signing configuration: then what it builds is signed.
  static Result<bool> is_configured(Session& session);

  static Result<std::unique_ptr<ModelSigner>> open(const Arguments& arguments, Session& session);

  const crypto::PublicKey& key() const { return signer_->public_key(); }

  // Was: this key has signed the same before, in a log that the trusted root has. Unlogged: the log
  // can't be reached now, and the signature is kept, but doesn't count yet.
  enum class Outcome { Was, Logged, Unlogged };

  Result<Outcome> sign(const content::Digest& manifest, const attest::Statement& statement);

  struct Signed {
    content::Digest model;
    std::string type;  // of the statement
    Outcome outcome = Outcome::Was;
  };

  // The model's digest, and each unsigned statement beside it.
  Result<std::vector<Signed>> sign_model(const content::Digest& manifest);

  // A bundle that nobody keeps yet. It is checked, and in the log if that can be reached.
  Result<attest::Bundle> bundle_of(const attest::Statement& statement);

  // Whether this key has signed it, whatever it says; and whether it says just this, in a log, and
  // holds here.
  bool has_made(const attest::Bundle& bundle) const { return statement_by_us(bundle).has_value(); }
  bool has_signed(const attest::Statement& statement, const attest::Bundle& bundle) const;

  // What this key has said about a model without a log that the trusted root has.
  Result<std::vector<attest::Statement>> unlogged(const content::Digest& manifest);

 private:
  ModelSigner(Session& session, std::unique_ptr<crypto::Signer> signer,
              attest::SigningConfig config, attest::TrustedRoot root);

  Result<attest::Statement> statement_by_us(const attest::Bundle& bundle) const;
  Result<std::vector<launch::StoredBundle>> bundles(const content::Digest& manifest);
  Result<void> put(const content::Digest& manifest, const attest::Bundle& bundle,
                   const attest::Statement& statement);
  Result<attest::Statement> statement_of_files(const content::Digest& manifest);
  Result<void> check(const attest::Statement& statement, const attest::Bundle& bundle) const;
  bool is_logged(const attest::Statement& statement, const attest::Bundle& bundle) const;

  Session& session_;
  const std::unique_ptr<crypto::Signer> signer_;
  const attest::SigningConfig config_;
  const attest::TrustedRoot root_;
  std::unique_ptr<net::Transport> transport_;
  std::unique_ptr<attest::SigningServices> services_;  // that the configuration names
};

// "logged"; and for people, once for all of them.
std::string_view outcome_text(ModelSigner::Outcome outcome);
void warn_of_unlogged(const std::vector<ModelSigner::Signed>& all, Session& session);
codec::OrderedJson json_of(const std::vector<ModelSigner::Signed>& all);

}  // namespace tegula::cli

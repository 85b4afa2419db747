// Whom this machine believes, and what follows from it for a model.
//
// Thread rule: one thread at a time.
#pragma once

#include <optional>
#include <string>

#include "attest/trusted_root.h"
#include "cli/arguments.h"
#include "cli/session.h"
#include "codec/json.h"
#include "identity/file_key_store.h"
#include "launch/trust.h"

namespace tegula::cli {

inline constexpr Flag kTrustedRootFlag{.name = "trusted-root",
                                       .value = "FILE",
                                       .help = "logs and authorities to believe",
                                       .fallback = "trusted_root.json beside config.toml",
                                       .completes = "file"};

Result<identity::FileKeyStore> open_keys(Session& session);

// A file of trust that a flag names must be there; the one beside config.toml may be.
Result<std::optional<std::string>> find_trust_file(const Arguments& arguments, const Flag& flag,
                                                   std::string_view fallback,
                                                   std::uint64_t bytes_max, Session& session);

Result<std::optional<attest::TrustedRoot>> find_trusted_root(const Arguments& arguments,
                                                             Session& session);

// What holds of a model's signatures, and what policy.toml makes of that.
Result<launch::Trust> trust_of(const content::Reference& name, const content::Digest& manifest,
                               const Arguments& arguments, Session& session);

// Untrusted for a model that the policy forbids; says so where it only warns. Without a rule for
// the name nothing is read.
Result<void> obey_policy(const content::Reference& name, const content::Digest& manifest,
                         const Arguments& arguments, Session& session);

// For a model that came from elsewhere: where no rule is for its name, whoever signed it now is
// pinned in policy.toml, so that nobody else's model takes its name later.
Result<void> meet_model(const content::Reference& name, const content::Digest& manifest,
                        Session& session);

std::string trust_page(const launch::Trust& trust, const content::Digest& manifest);
codec::OrderedJson trust_json(const launch::Trust& trust, const content::Digest& manifest);

}  // namespace tegula::cli

#include "cli/trust.h"

#include <algorithm>

#include <fmt/ranges.h>

#include "base/base64.h"
#include "base/limits.h"
#include "base/printable.h"
#include "cli/verification.h"

namespace tegula::cli {
namespace {

Result<os::Path> beside_config(std::string_view name, Session& session) {
  return TRY(session.folders()).config_file.parent_path() / name;
}

Result<config::TrustPolicy> load_policy(Session& session) {
  return config::TrustPolicy::load(session.files(), TRY(beside_config("policy.toml", session)));
}

Result<launch::Trust> judge(const content::Reference& name, const content::Digest& manifest,
                            config::TrustPolicy policy, const Arguments& arguments,
                            Session& session) {
  launch::TrustBasis basis{.policy = std::move(policy), .root = {}};
  basis.root = TRY(find_trusted_root(arguments, session)).value_or(attest::TrustedRoot());
  const content::Store* store = TRY(session.store());
  return launch::judge_stored(name, manifest, *store, basis, session.progress(), session.stop());
}

std::string summary_of(const launch::Trust& trust) {
  if (!trust.has_rule) return "no rule of policy.toml is for this name";
  const std::string_view mode = config::name_of(trust.mode);
  if (trust.mode == config::TrustMode::Off) return "off: nobody asks";
  return trust.verdict.holds ? fmt::format("{}: holds", mode)
                             : fmt::format("{}: {}", mode, trust.verdict.why);
}

// "does not count: TYPE by SIGNER: why", as far as the bundle says what it is.
std::string refusal_line(const attest::Refusal& refusal) {
  const attest::BundleClaim& claim = refusal.claim;
  std::string what = printable(claim.predicate_type);
  if (!claim.signer.empty())
    what += fmt::format("{}by {}", what.empty() ? "" : " ", printable(claim.signer));
  return fmt::format("does not count: {}{}{}\n", what, what.empty() ? "" : ": ", refusal.why.text);
}

codec::OrderedJson refusal_json(const attest::Refusal& refusal) {
  return {{"predicate_type", text_or_null(refusal.claim.predicate_type)},
          {"signer", text_or_null(refusal.claim.signer)},
          {"why", refusal.why.text}};
}

// Who has signed the model itself, not just said something about it.
std::optional<config::PolicySigner> signer_to_pin(const attest::Verification& verification) {
  if (verification.statement && !verification.model_signature &&
      verification.statement->predicate_type != attest::kSignatureType)
    return std::nullopt;
  if (const auto* key = std::get_if<crypto::PublicKey>(&verification.signer))
    return config::PolicySigner{.key = base64_encode(key->der())};
  const auto& identity = std::get<attest::Identity>(verification.signer);
  // A star would stand for anybody in a rule.
  if (identity.name.empty() || identity.issuer.empty() || identity.name.contains('*'))
    return std::nullopt;
  return config::PolicySigner{.identity = identity.name, .issuer = identity.issuer};
}

config::PolicyRule pin_of(const content::Reference& name,
                          const std::vector<attest::Verification>& signatures) {
  config::PolicyRule out{.names = {name.name()}};
  for (const attest::Verification& one : signatures)
    if (auto signer = signer_to_pin(one);
        signer && std::ranges::find(out.signers, *signer) == out.signers.end())
      out.signers.push_back(std::move(*signer));
  return out;
}

std::string signers_text(const config::PolicyRule& rule) {
  std::vector<std::string> names;
  for (const config::PolicySigner& one : rule.signers)
    names.push_back(one.key.empty() ? printable(one.identity) : "key " + one.key);
  return fmt::format("{}", fmt::join(names, " or "));
}

// Behind the user's own rules, which go first. Several may be pulling at once.
Result<void> pin(const config::PolicyRule& rule, Session& session) {
  const os::Path path = TRY(beside_config("policy.toml", session));
  TRY(os::make_folders(session.files(), path.parent_path(), 0700));
  const auto lock = TRY(session.files().lock(TRY(beside_config("policy.lock", session)),
                                             os::LockMode::Exclusive, true));
  std::string text;
  if (TRY(os::exists(session.files(), path)))
    text = TRY(os::read_file(session.files(), path, limits::kTomlBytesMax));
  const config::TrustPolicy known = TRY(config::TrustPolicy::parse(text, path.string()));
  if (known.rule_for(rule.names) != nullptr) return {};
  text += encode(rule);
  TRY(config::TrustPolicy::parse(text));
  return os::write_durably(session.files(), path, bytes_of(text));
}

}  // namespace

Result<identity::FileKeyStore> open_keys(Session& session) {
  return identity::FileKeyStore(session.files(), TRY(beside_config("keys", session)));
}

Result<std::optional<std::string>> find_trust_file(const Arguments& arguments, const Flag& flag,
                                                   std::string_view fallback,
                                                   std::uint64_t bytes_max, Session& session) {
  const auto named = arguments.value(flag.name);
  os::Path path = TRY(beside_config(fallback, session));
  if (named) path = *named;
  auto text = os::read_file(session.files(), path, bytes_max);
  if (text) return std::optional(std::move(*text));
  if (!named && text.error().code == Code::NotFound) return std::nullopt;
  return std::unexpected(std::move(text).error());
}

Result<std::optional<attest::TrustedRoot>> find_trusted_root(const Arguments& arguments,
                                                             Session& session) {
  const auto text = TRY(find_trust_file(arguments, kTrustedRootFlag, "trusted_root.json",
                                        limits::kTrustedRootBytesMax, session));
  if (!text) return std::nullopt;
  const os::Path path = TRY(beside_config("trusted_root.json", session));
  return TRY(attest::parse_trusted_root(*text),
             arguments.value(kTrustedRootFlag.name).value_or(path.string()));
}

Result<launch::Trust> trust_of(const content::Reference& name, const content::Digest& manifest,
                               const Arguments& arguments, Session& session) {
  return judge(name, manifest, TRY(load_policy(session)), arguments, session);
}

Result<void> obey_policy(const content::Reference& name, const content::Digest& manifest,
                         const Arguments& arguments, Session& session) {
  config::TrustPolicy policy = TRY(load_policy(session));
  const config::PolicyRule* rule = policy.rule_for(launch::spellings_of(name));
  if (rule == nullptr || rule->mode == config::TrustMode::Off) return {};
  const launch::Trust trust = TRY(judge(name, manifest, std::move(policy), arguments, session));
  if (trust.verdict.holds) return {};
  const std::string text = fmt::format("model \"{}\": {}", name.str(), trust.verdict.why);
  if (trust.forbids())
    return fail(Code::Untrusted, text, fmt::format("`tegula verify {}` says more", name.str()));
  session.console().warn(text);
  return {};
}

Result<void> meet_model(const content::Reference& name, const content::Digest& manifest,
                        Session& session) {
  const launch::Trust trust = TRY(trust_of(name, manifest, Arguments(), session));
  if (trust.has_rule) {
    if (!trust.verdict.holds)
      session.console().warn(fmt::format("model \"{}\": {}{}", name.str(), trust.verdict.why,
                                         trust.forbids() ? ", so it will not run" : ""));
    return {};
  }
  const config::PolicyRule rule = pin_of(name, trust.verdict.signatures);
  if (rule.signers.empty()) return {};
  if (auto pinned = pin(rule, session); !pinned) {
    session.console().warn("its signers are not pinned: " + pinned.error().text);
    return {};
  }
  session.console().say(fmt::format("pinned in policy.toml: {} runs only if signed by {}",
                                    name.name(), signers_text(rule)));
  return {};
}

std::string trust_page(const launch::Trust& trust, const content::Digest& manifest) {
  std::string out;
  for (const auto* list : {&trust.verdict.signatures, &trust.verdict.rebuilds})
    for (const attest::Verification& one : *list) out += verification_page(one, manifest) + "\n";
  for (const attest::Refusal& one : trust.verdict.refused) out += refusal_line(one);
  if (trust.bundles == 0) out += "not signed\n";
  return out + fmt::format("policy: {}\n", summary_of(trust));
}

codec::OrderedJson trust_json(const launch::Trust& trust, const content::Digest& manifest) {
  const auto list = [&](const std::vector<attest::Verification>& all) {
    codec::OrderedJson out = codec::OrderedJson::array();
    for (const attest::Verification& one : all) out.push_back(verification_json(one, manifest));
    return out;
  };
  codec::OrderedJson refused = codec::OrderedJson::array();
  for (const attest::Refusal& one : trust.verdict.refused) refused.push_back(refusal_json(one));
  return {
      {"policy",
       trust.has_rule ? codec::OrderedJson(config::name_of(trust.mode)) : codec::OrderedJson()},
      {"holds", trust.has_rule ? codec::OrderedJson(trust.verdict.holds) : codec::OrderedJson()},
      {"why", trust.verdict.why},
      {"signatures", list(trust.verdict.signatures)},
      {"rebuilds", list(trust.verdict.rebuilds)},
      {"refused", std::move(refused)}};
}

}  // namespace tegula::cli

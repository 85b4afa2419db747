#include "launch/trust.h"

#include <utility>

#include <fmt/format.h>

#include "attest/logged_key.h"
#include "base/limits.h"
#include "content/media_type.h"
#include "content/verified_text.h"

namespace tegula::launch {
namespace {

// Without a rule every signature is shown that holds under the trusted root, whoever's it is.
Result<attest::PolicyTerms> terms_for(const config::PolicyRule* rule,
                                      std::span<const StoredBundle> bundles) {
  if (rule != nullptr) return attest::terms_of(*rule);
  attest::PolicyTerms out{.mode = config::TrustMode::Warn};
  for (const StoredBundle& one : bundles)
    if (auto key = attest::logged_key(one.bundle)) out.known_keys.push_back(std::move(*key));
  return out;
}

}  // namespace

Result<std::vector<StoredBundle>> read_bundles(const content::Store& store,
                                               const content::Digest& manifest, Progress& progress,
                                               const Stop& stop) {
  std::vector<StoredBundle> out;
  const std::vector<content::Referrer> referrers = TRY(store.referrers(manifest));
  for (const content::Referrer& referrer : referrers) {
    if (referrer.manifest.artifact_type != content::media_type::kBundle) continue;
    const content::VerifiedBlob blob =
        TRY(store.open_verified(referrer.manifest.layers.front(), progress, stop));
    const std::string text = TRY(content::read_text(blob, limits::kBundleBytesMax));
    attest::Bundle bundle =
        TRY(attest::parse_bundle(text), fmt::format("referrer {}", referrer.digest.str()));
    out.push_back({.referrer = referrer.digest, .bundle = std::move(bundle)});
  }
  return out;
}

Result<Trust> judge_model(const content::Reference& name, const content::Digest& manifest,
                          std::span<const StoredBundle> bundles, const TrustBasis& basis) {
  const config::PolicyRule* rule = basis.policy.rule_for(spellings_of(name));
  const attest::PolicyTerms terms = TRY(terms_for(rule, bundles), "policy.toml");
  std::vector<attest::Bundle> plain;
  for (const StoredBundle& one : bundles) plain.push_back(one.bundle);
  Trust out{.has_rule = rule != nullptr,
            .mode = rule != nullptr ? rule->mode : config::TrustMode::Off,
            .verdict = {},
            .bundles = bundles.size()};
  out.verdict =
      attest::judge({.terms = terms, .root = basis.root, .model = manifest, .bundles = plain});
  return out;
}

std::vector<std::string> spellings_of(const content::Reference& name) {
  std::vector<std::string> out = {name.name()};
  if (name.digest()) out.push_back(name.str());
  if (name.has_tag() || !name.digest()) out.push_back(name.with_tag(name.tag()).str());
  return out;
}

}  // namespace tegula::launch

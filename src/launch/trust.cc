#include "launch/trust.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/limits.h"
#include "content/layer.h"
#include "content/media_type.h"
#include "content/verified_text.h"

namespace tegula::launch {
namespace {

// Without a rule every signature is shown that holds under the trusted root, whoever's it is.
Result<attest::PolicyTerms> terms_for(const config::PolicyRule* rule) {
  if (rule != nullptr) return attest::terms_of(*rule);
  return attest::PolicyTerms{.mode = config::TrustMode::Warn, .is_open = true};
}

Result<attest::Bundle> read_bundle(const content::Referrer& referrer, const content::Store& store,
                                   Progress& progress, const Stop& stop) {
  const content::VerifiedBlob blob =
      TRY(store.open_verified(referrer.manifest.layers.front(), progress, stop));
  return attest::parse_bundle(TRY(content::read_text(blob, limits::kBundleBytesMax)));
}

}  // namespace

Result<std::vector<attest::ModelResource>> files_of(const content::Store& store,
                                                    const content::Digest& manifest) {
  std::vector<attest::ModelResource> out;
  const content::Manifest pack = TRY(store.read_manifest(manifest));
  for (const content::Descriptor& layer : pack.layers)
    out.push_back({.name = std::string(content::file_path(layer)), .digest = layer.digest});
  std::ranges::sort(out, {}, &attest::ModelResource::name);
  return out;
}

Result<BundlesOfModel> read_bundles(const content::Store& store, const content::Digest& manifest,
                                    Progress& progress, const Stop& stop) {
  BundlesOfModel out;
  const std::vector<content::Referrer> referrers = TRY(store.referrers(manifest));
  for (const content::Referrer& referrer : referrers) {
    if (referrer.manifest.artifact_type != content::media_type::kBundle) continue;
    auto bundle = read_bundle(referrer, store, progress, stop);
    TRY(stop.check());
    if (bundle)
      out.read.push_back({.referrer = referrer.digest, .bundle = std::move(*bundle)});
    else
      out.unreadable.push_back(std::move(bundle).error().within(
          fmt::format("referrer {}", content::short_form(referrer.digest))));
  }
  return out;
}

Result<Trust> judge_model(const content::Reference& name, const content::Digest& manifest,
                          std::span<const attest::ModelResource> files,
                          const BundlesOfModel& bundles, const TrustBasis& basis,
                          const Stop& stop) {
  const config::PolicyRule* rule = basis.policy.rule_for(spellings_of(name));
  const attest::PolicyTerms terms = TRY(terms_for(rule));
  std::vector<attest::Bundle> plain;
  for (const StoredBundle& one : bundles.read) plain.push_back(one.bundle);
  Trust out{.has_rule = rule != nullptr,
            .mode = rule != nullptr ? rule->mode : config::TrustMode::Off,
            .verdict = {},
            .bundles = bundles.read.size() + bundles.unreadable.size()};
  const attest::VerdictRequest request{
      .terms = terms, .root = basis.root, .model = manifest, .bundles = plain, .files = files};
  out.verdict = TRY(attest::judge(request, stop));
  for (const Error& error : bundles.unreadable) out.verdict.refused.push_back({.why = error});
  return out;
}

Result<Trust> judge_stored(const content::Reference& name, const content::Digest& manifest,
                           const content::Store& store, const TrustBasis& basis, Progress& progress,
                           const Stop& stop) {
  const BundlesOfModel bundles = TRY(read_bundles(store, manifest, progress, stop));
  const std::vector<attest::ModelResource> files = TRY(files_of(store, manifest));
  return judge_model(name, manifest, files, bundles, basis, stop);
}

std::vector<std::string> spellings_of(const content::Reference& name) {
  std::vector<std::string> out = {name.name()};
  if (name.digest()) out.push_back(name.str());
  if (name.has_tag() || !name.digest()) out.push_back(name.with_tag(name.tag()).str());
  return out;
}

}  // namespace tegula::launch

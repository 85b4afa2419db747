// Whether this machine's policy lets a model run: its bundles, read from the store and judged by
// the rule for its name (docs/reference/policy.md).
//
// Thread rule: free functions. Errors: those of the store.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "attest/verdict.h"
#include "base/progress.h"
#include "base/stop.h"
#include "config/trust_policy.h"
#include "content/reference.h"
#include "content/store.h"

namespace tegula::launch {

// The pack's files, by name, as a model signature lists them.
Result<std::vector<attest::ModelResource>> files_of(const content::Store& store,
                                                    const content::Digest& manifest);

struct StoredBundle {
  content::Digest referrer;  // whose blob it is
  attest::Bundle bundle;
};

// Anybody can attach anything to a model, so what is no bundle is no more than worth nothing.
struct BundlesOfModel {
  std::vector<StoredBundle> read{};
  std::vector<Error> unreadable{};
};

// The Sigstore bundles about a manifest, by their referrers' digests.
Result<BundlesOfModel> read_bundles(const content::Store& store, const content::Digest& manifest,
                                    Progress& progress, const Stop& stop);

// Whom this machine believes.
struct TrustBasis {
  config::TrustPolicy policy;
  attest::TrustedRoot root;
};

struct Trust {
  bool has_rule = false;  // else: judged as if anybody might sign whom a log has
  config::TrustMode mode = config::TrustMode::Off;
  attest::Verdict verdict;
  std::size_t bundles = 0;

  bool forbids() const { return mode == config::TrustMode::Enforce && !verdict.holds; }
};

// InvalidArgument for a rule whose keys are none.
Result<Trust> judge_model(const content::Reference& name, const content::Digest& manifest,
                          std::span<const attest::ModelResource> files,
                          const BundlesOfModel& bundles, const TrustBasis& basis, const Stop& stop);

// The same of a model in the store, by its bundles there.
Result<Trust> judge_stored(const content::Reference& name, const content::Digest& manifest,
                           const content::Store& store, const TrustBasis& basis, Progress& progress,
                           const Stop& stop);

// A name as rules may spell it: without its tag, and with tag or digest.
std::vector<std::string> spellings_of(const content::Reference& name);

}  // namespace tegula::launch

// policy.toml: a rule that is read has names, and never wants more than it lists.
#include "attest/verdict.h"
#include "base/check.h"

using namespace tegula;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto policy = config::TrustPolicy::parse(text_of({data, size}));
  if (!policy) return 0;
  for (const config::PolicyRule& rule : policy->rules) {
    CHECK(!rule.names.empty() && rule.witnesses_min <= rule.witnesses.size() &&
          rule.rebuilders_min <= rule.rebuilders.size());
    CHECK(policy->rule_for(rule.names) != nullptr);
    (void)attest::terms_of(rule);
  }
  return 0;
}

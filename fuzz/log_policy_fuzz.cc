// Policies: what parses prints as something that parses to the same, and asks for no more witnesses
// than it has.
#include "base/check.h"
#include "tlog/policy.h"

using namespace tegula::tlog;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto policy = parse_policy(tegula::text_of({data, size}));
  if (!policy) return 0;
  CHECK(parse_policy(encode(*policy)).value() == *policy);
  CHECK(is_quorum(*policy, std::vector<bool>(policy->witnesses.size(), true)));
  CHECK(!policy->quorum || !is_quorum(*policy, std::vector<bool>(policy->witnesses.size(), false)));
  return 0;
}

#include "infer/estimate.h"

#include <fmt/format.h>

namespace tegula::infer {
Result<Estimate> estimate_memory(const ModelShape&, std::uint32_t, const EstimateOptions&) {
  return fail(Code::Unsupported, "todo");
}
Result<Estimate> largest_that_fits(const ModelShape&, std::uint64_t, const EstimateOptions&) {
  return fail(Code::Unsupported, "todo");
}
std::uint64_t memory_limit(const Estimate&) { return 0; }
}  // namespace tegula::infer

// Which context a model gets on this machine: the one asked for, or the largest that fits. Never
// less than asked without saying so.
//
// Thread rule: pure functions over values.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "infer/estimate.h"

namespace tegula::launch {

struct FitRequest {
  std::uint32_t context = 0;          // tokens asked for; 0: the largest that fits
  std::uint64_t available_bytes = 0;  // what the model may take
  infer::EstimateOptions options = {};
};

// InvalidArgument for a context over the trained one, Exhausted (both numbers, and what would fit)
// for one that memory does not hold.
Result<infer::Estimate> fit_to_machine(const infer::ModelShape& shape, const FitRequest& request);

}  // namespace tegula::launch

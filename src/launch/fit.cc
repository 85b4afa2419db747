#include "launch/fit.h"

#include <fmt/format.h>

#include "base/bytes.h"

namespace tegula::launch {

Result<infer::Estimate> fit_to_machine(const infer::ModelShape& shape, const FitRequest& request) {
  if (request.context == 0)
    return infer::largest_that_fits(shape, request.available_bytes, request.options);
  if (request.context > shape.trained_context) {
    return fail(Code::InvalidArgument,
                fmt::format("a context of {} tokens was asked for, the model was trained with {}",
                            request.context, shape.trained_context),
                fmt::format("use at most {}", shape.trained_context));
  }
  const infer::Estimate estimate =
      TRY(infer::estimate_memory(shape, request.context, request.options));
  if (estimate.total() <= request.available_bytes) return estimate;

  const auto best = infer::largest_that_fits(shape, request.available_bytes, request.options);
  return fail(Code::Exhausted,
              fmt::format("a context of {} tokens needs {}, {} are available", request.context,
                          human_bytes(estimate.total()), human_bytes(request.available_bytes)),
              best ? fmt::format("{} tokens would fit: --context {}", best->context, best->context)
                   : "not even the smallest context fits: use a smaller model");
}

}  // namespace tegula::launch

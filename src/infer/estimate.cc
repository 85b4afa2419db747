#include "infer/estimate.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/limits.h"

namespace tegula::infer {

namespace {

constexpr std::uint64_t kKvElementBytes = 2;  // f16
constexpr std::uint64_t kMaskElementBytes = 2;
constexpr std::uint64_t kActivationBytes = 4;
constexpr std::uint64_t kCheckpoints = 4;  // engine/server.cc: --ctx-checkpoints
constexpr std::uint64_t kProgramBytes = 48 * limits::kMiB;
constexpr std::uint64_t kTokenBytes = 256;            // a vocabulary entry in memory
constexpr std::uint64_t kLimitMargin = limits::kGiB;  // grammars, JSON, thread stacks

std::uint64_t round_up(std::uint64_t value, std::uint64_t step) {
  return (value + step - 1) / step * step;
}

// Positions the layer keeps: a sliding window needs the batch in flight as well
// (llama_kv_cache_iswa).
std::uint64_t cells(const LayerShape& layer, std::uint64_t context,
                    const EstimateOptions& options) {
  if (layer.window == 0) return context;
  return std::min(context,
                  round_up(std::uint64_t{layer.window} + options.micro_batch, kContextStep));
}

std::uint64_t kv_bytes(const LayerShape& layer, std::uint64_t context,
                       const EstimateOptions& options) {
  if (layer.shares_kv) return 0;
  const std::uint64_t elements =
      std::uint64_t{layer.kv_heads} * (std::uint64_t{layer.key_length} + layer.value_length);
  return cells(layer, context, options) * elements * kKvElementBytes * options.parallel;
}

// The widest moment of one layer, in numbers a token: either the feed-forward part with its three
// products beside the stream, or attention. Fitted to what llama.cpp prints.
std::uint64_t widest_moment(const ModelShape& shape) {
  std::uint64_t widest = 0;
  for (const LayerShape& layer : shape.layers) {
    const std::uint64_t query = std::uint64_t{layer.heads} * layer.key_length;
    const std::uint64_t kv =
        std::uint64_t{layer.kv_heads} * (std::uint64_t{layer.key_length} + layer.value_length);
    widest = std::max({widest, 3 * std::uint64_t{layer.feed_forward}, 2 * query + 2 * kv});
  }
  return widest + 4 * std::uint64_t{shape.embedding};
}

std::uint64_t compute_bytes(const ModelShape& shape, std::uint64_t context,
                            const EstimateOptions& options) {
  const std::uint64_t tokens =
      std::min<std::uint64_t>(options.micro_batch, context * options.parallel);
  const std::uint64_t activations = tokens * widest_moment(shape) * kActivationBytes;
  const std::uint64_t mask = tokens * context * kMaskElementBytes;
  const bool has_window = std::any_of(shape.layers.begin(), shape.layers.end(),
                                      [](const LayerShape& layer) { return layer.window != 0; });
  const std::uint64_t logits =
      std::uint64_t{shape.vocabulary} * kActivationBytes * options.parallel;
  return activations + mask * (has_window ? 2 : 1) + 2 * logits;
}

// Of layers that cannot rewind, the server keeps copies to go back to.
std::uint64_t checkpoint_bytes(const ModelShape& shape, std::uint64_t context,
                               const EstimateOptions& options) {
  std::uint64_t one = shape.state_bytes * options.parallel;
  for (const LayerShape& layer : shape.layers) {
    if (layer.window != 0) one += kv_bytes(layer, context, options);
  }
  return one * kCheckpoints;
}

Estimate estimate_unchecked(const ModelShape& shape, std::uint32_t context,
                            const EstimateOptions& options) {
  const std::uint64_t padded = round_up(context, kContextStep);
  Estimate out{.context = context,
               .weight_bytes = shape.weight_bytes,
               .kv_bytes = shape.state_bytes * options.parallel,
               .compute_bytes = compute_bytes(shape, padded, options),
               .adapter_bytes = options.adapter_bytes,
               .overhead_bytes = kProgramBytes + shape.vocabulary * kTokenBytes +
                                 checkpoint_bytes(shape, padded, options)};
  for (const LayerShape& layer : shape.layers) out.kv_bytes += kv_bytes(layer, padded, options);
  if (options.draft == nullptr) return out;
  EstimateOptions alone = options;
  alone.draft = nullptr;
  const Estimate draft = estimate_unchecked(*options.draft, context, alone);
  out.weight_bytes += draft.weight_bytes;
  out.kv_bytes += draft.kv_bytes;
  out.compute_bytes += draft.compute_bytes;
  out.overhead_bytes += draft.overhead_bytes - kProgramBytes;
  return out;
}

Result<void> check(const ModelShape& shape) {
  if (shape.layers.empty() || shape.trained_context == 0)
    return fail(Code::InvalidArgument, "the model file does not say how it is built",
                "memory can be estimated for text models with a context length only");
  return {};
}

}  // namespace

Result<Estimate> estimate_memory(const ModelShape& shape, std::uint32_t context,
                                 const EstimateOptions& options) {
  TRY(check(shape));
  if (context == 0 || context > shape.trained_context)
    return fail(Code::InvalidArgument,
                fmt::format("a context of {} tokens: the model was trained with {}", context,
                            shape.trained_context),
                "choose a smaller num_ctx");
  return estimate_unchecked(shape, context, options);
}

Result<Estimate> largest_that_fits(const ModelShape& shape, std::uint64_t available_bytes,
                                   const EstimateOptions& options) {
  TRY(check(shape));
  const std::uint32_t smallest = std::min(kContextStep, shape.trained_context);
  const Estimate least = estimate_unchecked(shape, smallest, options);
  if (least.total() > available_bytes)
    return fail(Code::Exhausted,
                fmt::format("the model needs {} even with a context of {} tokens, and {} are "
                            "available",
                            human_bytes(least.total()), smallest, human_bytes(available_bytes)),
                "close other programs, or choose a smaller model or quantisation");
  const Estimate most = estimate_unchecked(shape, shape.trained_context, options);
  if (most.total() <= available_bytes) return most;
  // `low` steps fit and `high` do not.
  std::uint32_t low = 1;
  std::uint32_t high =
      static_cast<std::uint32_t>(round_up(shape.trained_context, kContextStep) / kContextStep);
  while (high - low > 1) {
    const std::uint32_t middle = low + (high - low) / 2;
    const bool fits =
        estimate_unchecked(shape, middle * kContextStep, options).total() <= available_bytes;
    (fits ? low : high) = middle;
  }
  return estimate_unchecked(shape, low * kContextStep, options);
}

std::uint64_t memory_limit(const Estimate& estimate) { return estimate.total() + kLimitMargin; }

}  // namespace tegula::infer

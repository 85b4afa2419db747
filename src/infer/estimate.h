// How much memory a model needs before anything loads, and the largest context that fits.
//
// The figures are those llama.cpp prints when it loads: weights as stored, KV cache in f16, compute
// buffers by a formula fitted to it (docs/reference/engine.md, "Estimate", has the error).
// Thread rule: pure functions over values.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace tegula::infer {

// What the GGUF keys say, per layer where they differ.
struct LayerShape {
  std::uint32_t heads = 0;     // <arch>.attention.head_count
  std::uint32_t kv_heads = 0;  // <arch>.attention.head_count_kv; 0: a layer without attention
  std::uint32_t key_length = 0;
  std::uint32_t value_length = 0;
  std::uint32_t window = 0;        // sliding window in tokens; 0: the whole context
  std::uint32_t feed_forward = 0;  // widest activation of the layer's feed-forward part
  bool shares_kv = false;          // uses another layer's cache
};

struct ModelShape {
  std::string architecture{};
  std::uint64_t weight_bytes = 0;  // all tensors, as stored
  std::uint64_t parameters = 0;
  std::uint32_t embedding = 0;        // <arch>.embedding_length
  std::uint32_t vocabulary = 0;       // tokens
  std::uint32_t trained_context = 0;  // <arch>.context_length
  std::vector<LayerShape> layers{};
  std::uint64_t state_bytes = 0;  // fixed state of recurrent layers, per sequence
};

struct EstimateOptions {
  std::uint32_t batch = 2048;
  std::uint32_t micro_batch = 512;
  std::uint32_t parallel = 1;
  std::uint64_t adapter_bytes = 0;    // all adapters' files
  const ModelShape* draft = nullptr;  // the draft model, which keeps a cache of its own
};

struct Estimate {
  std::uint32_t context = 0;
  std::uint64_t weight_bytes = 0;
  std::uint64_t kv_bytes = 0;
  std::uint64_t compute_bytes = 0;
  std::uint64_t adapter_bytes = 0;
  std::uint64_t overhead_bytes = 0;  // the program itself, vocabulary, threads

  std::uint64_t total() const {
    return weight_bytes + kv_bytes + compute_bytes + adapter_bytes + overhead_bytes;
  }
};

inline constexpr std::uint32_t kContextStep = 256;  // llama.cpp rounds up to it

// For `context` tokens, rounded up to kContextStep. InvalidArgument for a shape without layers, and
// for a context over the trained one.
Result<Estimate> estimate_memory(const ModelShape& shape, std::uint32_t context,
                                 const EstimateOptions& options = {});

// The largest context, a multiple of kContextStep or the trained one, that fits in
// `available_bytes`. Exhausted, with both numbers, if not even kContextStep tokens do.
Result<Estimate> largest_that_fits(const ModelShape& shape, std::uint64_t available_bytes,
                                   const EstimateOptions& options = {});

// The limit on private memory to start the engine with: the estimate and a margin for what requests
// need (grammars, JSON, sampling).
std::uint64_t memory_limit(const Estimate& estimate);

}  // namespace tegula::infer

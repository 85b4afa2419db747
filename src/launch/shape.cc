#include "launch/shape.h"

namespace tegula::launch {
namespace {

// Files are untrusted but checked: every count fits, or the model would have been refused.
std::uint32_t narrow(std::uint64_t value) { return static_cast<std::uint32_t>(value); }

}  // namespace

infer::ModelShape shape_of(const tensor::ModelInfo& info) {
  infer::ModelShape out;
  out.architecture = info.architecture;
  out.weight_bytes = info.tensor_bytes;
  out.parameters = info.parameters;
  out.embedding = narrow(info.embedding_length);
  out.vocabulary = narrow(info.vocabulary);
  out.trained_context = narrow(info.context_length);
  for (const tensor::LayerInfo& layer : info.layers) {
    infer::LayerShape shape;
    shape.heads = narrow(layer.heads);
    shape.kv_heads = narrow(layer.kv_heads);
    shape.key_length = narrow(layer.key_length);
    shape.value_length = narrow(layer.value_length);
    shape.window = layer.sliding ? narrow(info.sliding_window) : 0;
    shape.feed_forward = narrow(info.feed_forward_length);
    out.layers.push_back(shape);
  }
  return out;
}

}  // namespace tegula::launch

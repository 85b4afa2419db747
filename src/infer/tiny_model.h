// For tests: a llama of some hundred kilobytes with random weights and one token a byte, and LoRA
// adapters for it. It babbles, and always the same.
#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "os/descriptor.h"

namespace tegula::infer {

struct TinyModel {
  std::uint32_t layers = 2;
  std::uint32_t embedding = 64;
  std::uint32_t heads = 4;
  std::uint32_t kv_heads = 2;
  std::uint32_t feed_forward = 128;
  std::uint32_t context = 1024;
  std::uint64_t seed = 1;
};

Bytes tiny_model_file(const TinyModel& model = {});

// A rank-4 adapter of every layer's output projection, strong enough to change what is said.
Bytes tiny_adapter_file(const TinyModel& model, std::uint64_t seed);

// An open file without a name that holds these bytes.
os::Descriptor anonymous(const Bytes& bytes);

}  // namespace tegula::infer

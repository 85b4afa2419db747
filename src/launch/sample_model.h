// Packs for this folder's tests: small models with real digests.
#pragma once

#include <string>

#include "base/bytes.h"
#include "content/runtime_settings.h"
#include "content/temporary_store.h"
#include "tensor/model_test_files.h"

namespace tegula::launch {

inline std::string sample_model() {
  tensor::GgufWriter writer;
  tensor::set_llama(writer);
  writer.set_u32("llama.attention.head_count", 4);
  writer.set_u32("llama.feed_forward_length", 128);
  tensor::set_tokens(writer);
  tensor::add_weights(writer);
  return std::string(text_of(tensor::zero_file(writer)));
}

inline std::string sample_adapter(std::uint64_t width = 64) {
  tensor::GgufWriter writer;
  tensor::set_lora(writer);
  tensor::add(writer, "blk.0.attn_q.weight.lora_a", tensor::DType::F32, {width, 4});
  tensor::add(writer, "blk.0.attn_q.weight.lora_b", tensor::DType::F32, {4, 32});
  return std::string(text_of(tensor::zero_file(writer)));
}

// The settings first, then what they name.
inline content::PackFiles sample_pack(const content::RuntimeSettings& settings,
                                      content::PackFiles files = {}) {
  files.insert(files.begin(), {{"tegula.json", settings.encode()}, {"m.gguf", sample_model()}});
  return files;
}

}  // namespace tegula::launch

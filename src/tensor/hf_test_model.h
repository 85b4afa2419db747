// Small Hugging Face models for the tests of this folder, with chosen values.
#pragma once

#include <cstring>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "os/file_system.h"
#include "os/temporary_folder.h"
#include "tensor/float_bits.h"
#include "tensor/safetensors_writer.h"

namespace tegula::tensor {

// What each model here has.
inline constexpr std::uint64_t kTestHidden = 64;
inline constexpr std::uint64_t kTestFeedForward = 96;
inline constexpr std::uint64_t kTestVocabulary = 300;
inline constexpr std::uint64_t kTestHeads = 4;
inline constexpr std::uint64_t kTestKvHeads = 2;
inline constexpr std::uint64_t kTestHead = 16;

// The value at `index` of a tensor: small, exact in BF16, another one for each tensor.
inline float test_value(std::string_view name, std::uint64_t index) {
  std::uint64_t hash = 14695981039346656037U;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
  hash = (hash ^ index) * 1099511628211U;
  return (static_cast<float>((hash >> 40) % 255) - 127.0F) / 256.0F;
}

struct TestTensor {
  std::string name;
  std::vector<std::uint64_t> shape;
};

inline std::vector<TestTensor> llama_tensors(std::uint64_t layers, bool qwen3 = false,
                                             bool tied = false) {
  std::vector<TestTensor> out = {{"model.embed_tokens.weight", {kTestVocabulary, kTestHidden}},
                                 {"model.norm.weight", {kTestHidden}}};
  if (!tied) out.push_back({"lm_head.weight", {kTestVocabulary, kTestHidden}});
  for (std::uint64_t i = 0; i < layers; ++i) {
    const auto add = [&](std::string_view name, std::vector<std::uint64_t> shape) {
      out.push_back({fmt::format("model.layers.{}.{}.weight", i, name), std::move(shape)});
    };
    const std::uint64_t q = kTestHeads * kTestHead;
    const std::uint64_t kv = kTestKvHeads * kTestHead;
    add("input_layernorm", {kTestHidden});
    add("post_attention_layernorm", {kTestHidden});
    add("self_attn.q_proj", {q, kTestHidden});
    add("self_attn.k_proj", {kv, kTestHidden});
    add("self_attn.v_proj", {kv, kTestHidden});
    add("self_attn.o_proj", {kTestHidden, q});
    add("mlp.gate_proj", {kTestFeedForward, kTestHidden});
    add("mlp.up_proj", {kTestFeedForward, kTestHidden});
    add("mlp.down_proj", {kTestHidden, kTestFeedForward});
    if (qwen3) add("self_attn.q_norm", {kTestHead});
    if (qwen3) add("self_attn.k_norm", {kTestHead});
  }
  return out;
}

// A file with these tensors as BF16 and test_value()s.
inline Bytes bf16_file(const std::vector<TestTensor>& tensors) {
  SafetensorsWriter writer;
  for (const TestTensor& each : tensors)
    writer.add_tensor(each.name, SafetensorsType::BF16, each.shape);
  Bytes file = zero_file(writer);
  for (const SafetensorsTensor& tensor : writer.tensors()) {
    for (std::uint64_t i = 0; i < tensor.bytes / 2; ++i) {
      const std::uint16_t bits = bf16_from_f32(test_value(tensor.name, i));
      std::memcpy(file.data() + tensor.offset + 2 * i, &bits, 2);
    }
  }
  return file;
}

inline std::string test_config(std::string_view architecture, std::uint64_t layers,
                               std::string_view more = "") {
  return fmt::format(
      R"({{"architectures":["{}"],"hidden_size":{},"intermediate_size":{},"num_hidden_layers":{},)"
      R"("num_attention_heads":{},"num_key_value_heads":{},"head_dim":{},"vocab_size":{},)"
      R"("max_position_embeddings":128,"rms_norm_eps":1e-6,"rope_theta":10000.0{}}})",
      architecture, kTestHidden, kTestFeedForward, layers, kTestHeads, kTestKvHeads, kTestHead,
      kTestVocabulary, more);
}

// A SentencePiece model of 3 + 256 + 1 tokens: unknown, BOS, EOS, bytes, "a".
inline Bytes test_sentencepiece() {
  Bytes out;
  const auto piece = [&](std::string_view text, float score, int type) {
    Bytes body = {0x0A, static_cast<std::uint8_t>(text.size())};
    body.insert(body.end(), text.begin(), text.end());
    body.push_back(0x15);
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(&score);
    body.insert(body.end(), bytes, bytes + 4);
    body.push_back(0x18);
    body.push_back(static_cast<std::uint8_t>(type));
    out.push_back(0x0A);
    out.push_back(static_cast<std::uint8_t>(body.size()));
    out.insert(out.end(), body.begin(), body.end());
  };
  piece("<unk>", 0, 2);
  piece("<s>", 0, 3);
  piece("</s>", 0, 3);
  for (int i = 0; i < 256; ++i) piece(fmt::format("<0x{:02X}>", i), 0, 6);
  piece("a", -1.5F, 1);
  for (const std::uint8_t byte : {0x12, 0x02, 0x18, 0x02}) out.push_back(byte);  // trainer: BPE
  return out;
}

// A folder with a model in it.
class HfTestFolder {
 public:
  void put(std::string_view name, ByteView bytes) {
    const Result<void> done = os::write_durably(fs_, folder_ / name, bytes);
    if (!done) std::abort();
  }
  void put_model(std::string_view config, const std::vector<TestTensor>& tensors) {
    put("config.json", bytes_of(config));
    put("model.safetensors", bf16_file(tensors));
    put("tokenizer.model", test_sentencepiece());
    put("tokenizer_config.json", bytes_of(R"({"bos_token":"<s>","eos_token":{"content":"</s>"},)"
                                          R"("add_bos_token":true,"chat_template":"{{ x }}"})"));
  }
  os::PosixFileSystem& fs() { return fs_; }
  const os::Path& path() const { return folder_.path(); }

 private:
  os::PosixFileSystem fs_;
  os::TemporaryFolder folder_;
};

}  // namespace tegula::tensor

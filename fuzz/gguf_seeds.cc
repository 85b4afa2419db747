// Makes the seeds of the targets gguf and gguf_model: gguf_seeds CORPUS, the folder with one for
// each target. Run it when the writer learns new tricks.
#include <array>
#include <fstream>
#include <string>

#include "tensor/gguf_writer.h"

namespace {

using tegula::tensor::DType;
using tegula::tensor::GgufWriter;

void save(const std::string& path, const GgufWriter& writer) {
  const tegula::Bytes file = zero_file(writer);
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(file.data()), static_cast<std::streamsize>(file.size()));
}

void add(GgufWriter& writer, std::string_view name, DType type, std::vector<std::uint64_t> shape) {
  writer.add_tensor(name, type, shape);
}

GgufWriter model(std::uint32_t alignment) {
  GgufWriter writer(alignment);
  writer.set_text("general.architecture", "llama");
  writer.set_u32("general.file_type", 7);
  writer.set_u32("llama.context_length", 64);
  writer.set_u32("llama.embedding_length", 32);
  writer.set_u32("llama.block_count", 2);
  writer.set_u32("llama.attention.head_count", 4);
  writer.set_u32s("llama.attention.head_count_kv", std::array{2U, 1U});
  writer.set_u32("llama.attention.sliding_window", 16);
  writer.set_bools("llama.attention.sliding_window_pattern", std::array{true, false});
  writer.set_text("tokenizer.chat_template", "{{ messages }}");
  writer.set_texts("tokenizer.ggml.tokens", std::array<std::string, 3>{"<s>", "é", ""});
  writer.set_f32s("tokenizer.ggml.scores", std::array{0.0F, -1.0F, 2.0F});
  writer.set_i32s("tokenizer.ggml.token_type", std::array{3, 1, 1});
  writer.set_u32("tokenizer.ggml.bos_token_id", 0);
  add(writer, "token_embd.weight", DType::Q8_0, {32, 3});
  add(writer, "blk.0.attn_q.weight", DType::F16, {5, 1, 2, 1});
  return writer;
}

GgufWriter adapter() {
  GgufWriter writer;
  writer.set_text("general.type", "adapter");
  writer.set_text("general.architecture", "llama");
  writer.set_text("adapter.type", "lora");
  writer.set_f32("adapter.lora.alpha", 8);
  add(writer, "blk.0.attn_q.weight.lora_a", DType::F32, {8, 2});
  add(writer, "blk.0.attn_q.weight.lora_b", DType::F32, {2, 8});
  return writer;
}

GgufWriter values() {
  GgufWriter writer;
  writer.set_u16("split.count", 2);
  writer.set_i32("negative", -1);
  writer.set_u64("long", 1ULL << 40);
  writer.set_bool("bool", true);
  writer.set_text("general.architecture", "clip");
  writer.set_texts("nothing", {});
  return writer;
}

// A whole small model of one layer, as gguf_model.h wants it.
void set_sizes(GgufWriter& writer, const std::string& architecture, std::uint32_t tokens) {
  writer.set_text("general.architecture", architecture);
  const auto number = [&](std::string_view key, std::uint32_t value) {
    writer.set_u32(architecture + "." + std::string(key), value);
  };
  number("block_count", 1);
  number("context_length", 64);
  number("embedding_length", 32);
  number("feed_forward_length", 32);
  number("attention.head_count", 2);
  number("attention.head_count_kv", 1);
  number("vocab_size", tokens);
  writer.set_f32(architecture + ".attention.layer_norm_rms_epsilon", 1e-5F);
  writer.set_f32(architecture + ".rope.freq_base", 10000);
}

void add_layer(GgufWriter& writer, std::uint64_t tokens, DType type) {
  add(writer, "token_embd.weight", type, {32, tokens});
  add(writer, "blk.0.attn_norm.weight", DType::F32, {32});
  add(writer, "blk.0.attn_q.weight", type, {32, 32});
  add(writer, "blk.0.attn_k.weight", type, {32, 16});
  add(writer, "blk.0.attn_v.weight", type, {32, 16});
  add(writer, "blk.0.attn_output.weight", type, {32, 32});
  add(writer, "blk.0.ffn_norm.weight", DType::F32, {32});
  add(writer, "blk.0.ffn_gate.weight", type, {32, 32});
  add(writer, "blk.0.ffn_up.weight", type, {32, 32});
  add(writer, "blk.0.ffn_down.weight", type, {32, 32});
  add(writer, "output_norm.weight", DType::F32, {32});
}

GgufWriter llama_model() {
  GgufWriter writer;
  set_sizes(writer, "llama", 4);
  writer.set_text("tokenizer.ggml.model", "llama");
  writer.set_texts("tokenizer.ggml.tokens",
                   std::array<std::string, 4>{"<unk>", "<s>", "</s>", "a"});
  writer.set_f32s("tokenizer.ggml.scores", std::array{0.0F, -1000.0F, 0.0F, -1.0F});
  writer.set_i32s("tokenizer.ggml.token_type", std::array{2, 3, 3, 1});
  writer.set_bool("tokenizer.ggml.add_space_prefix", false);
  add_layer(writer, 4, DType::Q4_0);
  return writer;
}

GgufWriter qwen2_model() {
  GgufWriter writer;
  set_sizes(writer, "qwen2", 5);
  writer.set_text("tokenizer.ggml.model", "gpt2");
  writer.set_text("tokenizer.ggml.pre", "qwen2");
  writer.set_texts("tokenizer.ggml.tokens",
                   std::array<std::string, 5>{"a", "b", "ab", "<|im_end|>", "[PAD4]"});
  writer.set_i32s("tokenizer.ggml.token_type", std::array{1, 1, 1, 3, 5});
  writer.set_texts("tokenizer.ggml.merges", std::array<std::string, 1>{"a b"});
  writer.set_u32("tokenizer.ggml.eos_token_id", 3);
  writer.set_text("tokenizer.chat_template", "{{ messages }}");
  add_layer(writer, 5, DType::F16);
  add(writer, "blk.0.attn_q.bias", DType::F32, {32});
  add(writer, "blk.0.attn_k.bias", DType::F32, {16});
  add(writer, "blk.0.attn_v.bias", DType::F32, {16});
  return writer;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const std::string corpus = argv[1];
  save(corpus + "/gguf/model", model(32));
  save(corpus + "/gguf/model-align-1", model(1));
  save(corpus + "/gguf/adapter", adapter());
  save(corpus + "/gguf/values", values());
  save(corpus + "/gguf_model/llama", llama_model());
  save(corpus + "/gguf_model/qwen2", qwen2_model());
  return 0;
}

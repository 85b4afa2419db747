// Makes the seeds of the gguf target: gguf_seeds FOLDER. Run it when the writer learns new tricks.
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

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const std::string folder = argv[1];
  save(folder + "/model", model(32));
  save(folder + "/model-align-1", model(1));
  save(folder + "/adapter", adapter());
  save(folder + "/values", values());
  return 0;
}

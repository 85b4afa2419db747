#include "infer/tiny_model.h"

#include <bit>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/random.h"
#include "tensor/gguf_writer.h"

namespace tegula::infer {

namespace {

using tensor::DType;
using tensor::GgufWriter;

constexpr std::uint32_t kSpecialTokens = 3;
constexpr std::uint32_t kTokens = kSpecialTokens + 256 + 1;

// As SentencePiece has it: unknown, begin, end, the bytes, and its mark for a space.
void set_vocabulary(GgufWriter& writer) {
  std::vector<std::string> tokens{"<unk>", "<s>", "</s>"};
  std::vector<std::int32_t> types{2, 3, 3};
  for (int byte = 0; byte < 256; ++byte) {
    tokens.push_back(fmt::format("<0x{:02X}>", byte));
    types.push_back(6);
  }
  tokens.push_back("\xE2\x96\x81");
  types.push_back(1);
  const std::vector<float> scores(kTokens, 0.0F);
  writer.set_text("tokenizer.ggml.model", "llama");
  writer.set_texts("tokenizer.ggml.tokens", tokens);
  writer.set_f32s("tokenizer.ggml.scores", scores);
  writer.set_i32s("tokenizer.ggml.token_type", types);
  writer.set_u32("tokenizer.ggml.bos_token_id", 1);
  writer.set_u32("tokenizer.ggml.eos_token_id", 2);
  writer.set_bool("tokenizer.ggml.add_space_prefix", false);
  writer.set_text("tokenizer.chat_template",
                  "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}"
                  "{% if add_generation_prompt %}assistant: {% endif %}");
}

void set_shape(GgufWriter& writer, const TinyModel& model) {
  writer.set_text("general.architecture", "llama");
  writer.set_text("general.name", "tiny");
  writer.set_u32("llama.context_length", model.context);
  writer.set_u32("llama.embedding_length", model.embedding);
  writer.set_u32("llama.block_count", model.layers);
  writer.set_u32("llama.feed_forward_length", model.feed_forward);
  writer.set_u32("llama.attention.head_count", model.heads);
  writer.set_u32("llama.attention.head_count_kv", model.kv_heads);
  writer.set_f32("llama.attention.layer_norm_rms_epsilon", 1e-5F);
  writer.set_u32("llama.rope.dimension_count", model.embedding / model.heads);
  writer.set_u32("llama.vocab_size", kTokens);
}

struct Tensor {
  std::string name;
  std::vector<std::uint64_t> shape;
  bool is_norm = false;
};

std::vector<Tensor> tensors_of(const TinyModel& model) {
  const std::uint64_t wide = model.embedding;
  const std::uint64_t kv = wide / model.heads * model.kv_heads;
  const std::uint64_t ff = model.feed_forward;
  std::vector<Tensor> out{{"token_embd.weight", {wide, kTokens}},
                          {"output_norm.weight", {wide}, true},
                          {"output.weight", {wide, kTokens}}};
  for (std::uint32_t layer = 0; layer < model.layers; ++layer) {
    const auto name = [&](std::string_view part) {
      return fmt::format("blk.{}.{}.weight", layer, part);
    };
    for (Tensor tensor : std::vector<Tensor>{{name("attn_norm"), {wide}, true},
                                             {name("attn_q"), {wide, wide}},
                                             {name("attn_k"), {wide, kv}},
                                             {name("attn_v"), {wide, kv}},
                                             {name("attn_output"), {wide, wide}},
                                             {name("ffn_norm"), {wide}, true},
                                             {name("ffn_gate"), {wide, ff}},
                                             {name("ffn_up"), {wide, ff}},
                                             {name("ffn_down"), {ff, wide}}})
      out.push_back(std::move(tensor));
  }
  return out;
}

std::uint64_t count_of(const Tensor& tensor) {
  std::uint64_t count = 1;
  for (const std::uint64_t size : tensor.shape) count *= size;
  return count;
}

// Uniform in [-1, 1), the same on every machine.
float next_weight(Random& random) {
  return static_cast<float>(static_cast<std::int64_t>(random.next() >> 40U) - (1 << 23)) /
         static_cast<float>(1 << 23);
}

Bytes file_with(GgufWriter& writer, const std::vector<Tensor>& tensors, std::uint64_t seed) {
  for (const Tensor& tensor : tensors) writer.add_tensor(tensor.name, DType::F32, tensor.shape);
  tensor::LeBytes out;
  out.raw(writer.header());
  SeededRandom random(seed);
  for (std::size_t index = 0; index < tensors.size(); ++index) {
    for (std::uint64_t i = 0; i < count_of(tensors[index]); ++i)
      out.f32(tensors[index].is_norm ? 1.0F : next_weight(random) * 0.3F);
    out.zeros(writer.padding(index));
  }
  return std::move(out).take();
}

}  // namespace

Bytes tiny_model_file(const TinyModel& model) {
  GgufWriter writer;
  set_shape(writer, model);
  set_vocabulary(writer);
  return file_with(writer, tensors_of(model), model.seed);
}

Bytes tiny_adapter_file(const TinyModel& model, std::uint64_t seed) {
  GgufWriter writer;
  writer.set_text("general.type", "adapter");
  writer.set_text("general.architecture", "llama");
  writer.set_text("adapter.type", "lora");
  writer.set_f32("adapter.lora.alpha", 64);
  std::vector<Tensor> tensors;
  constexpr std::uint64_t kRank = 4;
  for (std::uint32_t layer = 0; layer < model.layers; ++layer) {
    const std::string base = fmt::format("blk.{}.attn_output.weight.lora_", layer);
    tensors.push_back({base + "a", {model.embedding, kRank}});
    tensors.push_back({base + "b", {kRank, model.embedding}});
  }
  return file_with(writer, tensors, seed);
}

os::Descriptor anonymous(const Bytes& bytes) {
  return os::create_anonymous_file(text_of(bytes)).value();
}

}  // namespace tegula::infer

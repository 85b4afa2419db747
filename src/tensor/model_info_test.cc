#include "tensor/model_info.h"

#include <gtest/gtest.h>

#include "tensor/model_test_files.h"

namespace tegula::tensor {
namespace {

ModelInfo info_of(const GgufWriter& writer) {
  const Gguf gguf = read_gguf(MemorySource(zero_file(writer))).value();
  const Result<ModelFileKind> kind = check_model_file(gguf);
  EXPECT_TRUE(kind) << kind.error().text;
  return model_info(gguf, *kind);
}

TEST(ModelInfo, TellsWhatShowPrints) {
  GgufWriter writer;
  set_llama(writer);
  set_tokens(writer);
  writer.set_text("general.name", "Small");
  writer.set_text("general.license", "apache-2.0");
  writer.set_u32("general.file_type", 7);
  writer.set_u32("llama.attention.head_count", 8);
  writer.set_u32("llama.attention.head_count_kv", 2);
  writer.set_u32("llama.feed_forward_length", 128);
  writer.set_text("tokenizer.chat_template", "{{ messages }}");
  add_weights(writer);
  const ModelInfo info = info_of(writer);
  EXPECT_EQ(info.architecture, "llama");
  EXPECT_EQ(info.name, "Small");
  EXPECT_EQ(info.license, "apache-2.0");
  EXPECT_EQ(info.quantization, "Q8_0");
  EXPECT_EQ(info.context_length, 2048U);
  EXPECT_EQ(info.embedding_length, 64U);
  EXPECT_EQ(info.heads, 8U);
  EXPECT_EQ(info.kv_heads, 2U);
  EXPECT_EQ(info.feed_forward_length, 128U);
  EXPECT_EQ(info.vocabulary, 10U);
  EXPECT_EQ(info.chat_template, "{{ messages }}");
  EXPECT_EQ(info.tokenizer, "llama");
  EXPECT_EQ(info.parameters, 640U + 2048U + 64U);
  EXPECT_EQ(info.tensor_bytes, 680U + 2176U + 256U);
  ASSERT_EQ(info.types.size(), 2U);
  EXPECT_EQ(info.types[0].type, DType::Q8_0);
  EXPECT_EQ(info.types[0].tensors, 2U);
  ASSERT_EQ(info.layers.size(), 2U);
  EXPECT_EQ(info.layers[1].key_length, 8U);
  EXPECT_EQ(info.layers[1].value_length, 8U);
  EXPECT_FALSE(info.recurrent);
}

TEST(ModelInfo, QuantizationFollowsTheTensorsWhereTheLabelLies) {
  struct Case {
    std::uint32_t file_type;
    DType type;
    const char* want;
  };
  const Case cases[] = {
      {15, DType::Q4_K, "Q4_K_M"}, {15, DType::Q5_0, "Q4_K_M"},  // small rows fall back
      {1, DType::Q4_K, "Q4_K"},    {15, DType::F16, "F16"},     {999, DType::Q6_K, "Q6_K"},
      {32, DType::BF16, "BF16"},   {1, DType::F32, "F16"},
  };
  for (const Case& c : cases) {
    GgufWriter writer;
    set_llama(writer);
    writer.set_u32("general.file_type", c.file_type);
    add(writer, "token_embd.weight", c.type, {256, 4});
    add(writer, "output_norm.weight", DType::F32, {64});
    EXPECT_EQ(info_of(writer).quantization, c.want);
  }
}

TEST(ModelInfo, CountsCachesOfHybridModels) {
  GgufWriter writer;
  writer.set_text("general.architecture", "qwen3next");
  writer.set_u32("qwen3next.context_length", 4096);
  writer.set_u32("qwen3next.embedding_length", 64);
  writer.set_u32("qwen3next.block_count", 8);
  writer.set_u32("qwen3next.attention.head_count", 4);
  writer.set_u32("qwen3next.attention.key_length", 128);
  writer.set_u32("qwen3next.full_attention_interval", 4);
  writer.set_u32("qwen3next.ssm.state_size", 128);
  writer.set_text("tokenizer.ggml.model", "gpt2");
  add_weights(writer);
  const ModelInfo info = info_of(writer);
  EXPECT_TRUE(info.recurrent);
  std::vector<std::uint64_t> kv_heads;
  for (const LayerInfo& layer : info.layers) kv_heads.push_back(layer.kv_heads);
  EXPECT_EQ(kv_heads, (std::vector<std::uint64_t>{0, 0, 0, 4, 0, 0, 0, 4}));
  EXPECT_EQ(info.layers[3].key_length, 128U);
  EXPECT_EQ(info.layers[3].value_length, 16U);
}

std::string sliding_text(const ModelInfo& info) {
  std::string text;
  for (const LayerInfo& layer : info.layers) text += layer.sliding ? 's' : 'F';
  return text;
}

void set_sliding(GgufWriter& writer, const std::string& architecture, std::uint32_t layers) {
  writer.set_text("general.architecture", architecture);
  writer.set_u32(architecture + ".context_length", 4096);
  writer.set_u32(architecture + ".embedding_length", 64);
  writer.set_u32(architecture + ".block_count", layers);
  writer.set_u32(architecture + ".attention.head_count", 4);
  writer.set_u32(architecture + ".attention.sliding_window", 512);
  writer.set_text("tokenizer.ggml.model", "gpt2");
  add_weights(writer);
}

TEST(ModelInfo, KnowsWhichLayersSlide) {
  GgufWriter known;
  set_sliding(known, "gemma3", 7);
  EXPECT_EQ(sliding_text(info_of(known)), "sssssFs");

  GgufWriter listed;
  set_sliding(listed, "gemma4", 3);
  listed.set_bools("gemma4.attention.sliding_window_pattern", std::array{true, false, true});
  listed.set_u32("gemma4.attention.key_length", 512);
  listed.set_u32("gemma4.attention.key_length_swa", 256);
  listed.set_u32("gemma4.attention.shared_kv_layers", 1);
  const ModelInfo info = info_of(listed);
  EXPECT_EQ(sliding_text(info), "sFs");
  EXPECT_EQ(info.layers[0].key_length, 256U);
  EXPECT_EQ(info.layers[1].key_length, 512U);
  EXPECT_EQ(info.layers[1].kv_heads, 4U);
  EXPECT_EQ(info.layers[2].kv_heads, 0U);

  GgufWriter period;
  set_sliding(period, "new-one", 4);
  period.set_u32("new-one.attention.sliding_window_pattern", 2);
  EXPECT_EQ(sliding_text(info_of(period)), "sFsF");

  GgufWriter unknown;
  set_sliding(unknown, "phi3", 2);
  EXPECT_EQ(sliding_text(info_of(unknown)), "FF");
}

TEST(ModelInfo, TellsOfAdapters) {
  GgufWriter writer;
  set_lora(writer);
  add(writer, "blk.0.attn_q.weight.lora_a", DType::F16, {64, 4});
  add(writer, "blk.0.attn_q.weight.lora_b", DType::F16, {4, 32});
  const ModelInfo info = info_of(writer);
  EXPECT_EQ(info.kind, ModelFileKind::Adapter);
  EXPECT_EQ(info.adapter_alpha, 16.0);
  EXPECT_EQ(info.adapter_rank, 4U);
  EXPECT_EQ(info.quantization, "F16");
}

TEST(ParametersText, HasAtMostOneDecimal) {
  struct Case {
    std::uint64_t parameters;
    const char* want;
  };
  const Case cases[] = {
      {0, "0K"},
      {450, "0.5K"},
      {1'000, "1K"},
      {1'497'344, "1.5M"},
      {999'949, "999.9K"},
      {999'950, "1M"},
      {7'000'000'000, "7B"},
      {6'738'415'616, "6.7B"},
      {1'500'000'000'000, "1.5T"},
      {~0ULL, "18446.7Q"},
  };
  for (const Case& c : cases) EXPECT_EQ(parameters_text(c.parameters), c.want);
}

}  // namespace
}  // namespace tegula::tensor

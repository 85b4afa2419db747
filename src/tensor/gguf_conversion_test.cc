#include "tensor/gguf_conversion.h"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tensor/hf_test_model.h"
#include "tensor/model_info.h"
#include "tensor/quantise.h"

namespace tegula::tensor {
namespace {

using ::testing::HasSubstr;

Result<Bytes> convert(HfTestFolder& folder, std::string_view type, std::size_t threads = 1,
                      const ImportanceMatrix* importance = nullptr) {
  const HfModel model = TRY(HfModel::open(folder.fs(), folder.path()));
  GgufOptions options;
  options.file_type = TRY(parse_file_type(type));
  options.threads = threads;
  options.importance = importance;
  BytesSink sink;
  NoProgress progress;
  TRY(write_gguf(model, options, sink, progress, {}));
  return sink.bytes();
}

// A converted file, read again by the strict reader.
struct Converted {
  Bytes bytes;
  Gguf gguf;

  std::vector<float> values(std::string_view name) const {
    const GgufTensor* tensor = gguf.find_tensor(name);
    EXPECT_NE(tensor, nullptr) << name;
    std::vector<float> out(tensor->elements);
    EXPECT_TRUE(
        dequantise(tensor->type, ByteView(bytes).subspan(tensor->offset, tensor->bytes), out));
    return out;
  }
  DType type(std::string_view name) const { return gguf.find_tensor(name)->type; }
};

Converted converted(HfTestFolder& folder, std::string_view type) {
  Converted out;
  const Result<Bytes> bytes = convert(folder, type);
  EXPECT_TRUE(bytes) << bytes.error().text;
  if (!bytes) return out;
  out.bytes = *bytes;
  const Result<Gguf> gguf = read_gguf(MemorySource(out.bytes));
  EXPECT_TRUE(gguf) << gguf.error().text;
  if (!gguf) return out;
  EXPECT_TRUE(check_model(*gguf)) << check_model(*gguf).error().text;
  out.gguf = *gguf;
  return out;
}

TEST(GgufConversion, WritesALlama) {
  HfTestFolder folder;
  folder.put_model(test_config("LlamaForCausalLM", 2), llama_tensors(2));
  const Converted file = converted(folder, "f16");
  ASSERT_EQ(file.gguf.tensors().size(), 3U + 2 * 9);
  EXPECT_EQ(file.gguf.find("general.architecture")->as_text(), "llama");
  EXPECT_EQ(file.gguf.find("general.file_type")->as_uint(), 1U);
  EXPECT_EQ(file.gguf.find("llama.attention.head_count_kv")->as_uint(), kTestKvHeads);
  EXPECT_EQ(file.gguf.find("llama.rope.dimension_count")->as_uint(), kTestHead);
  EXPECT_EQ(file.gguf.find("tokenizer.ggml.model")->as_text(), "llama");
  EXPECT_EQ(file.gguf.find("tokenizer.ggml.tokens")->count, kTestVocabulary);
  EXPECT_EQ(file.gguf.find("tokenizer.ggml.bos_token_id")->as_uint(), 1U);
  EXPECT_EQ(file.gguf.find("tokenizer.ggml.eos_token_id")->as_uint(), 2U);
  EXPECT_EQ(file.gguf.find("tokenizer.ggml.add_bos_token")->as_bool(), true);
  EXPECT_EQ(file.gguf.find("tokenizer.chat_template")->as_text(), "{{ x }}");
  EXPECT_EQ(file.type("blk.1.attn_q.weight"), DType::F16);
  EXPECT_EQ(file.type("blk.1.attn_norm.weight"), DType::F32);
  const std::vector<float> down = file.values("blk.1.ffn_down.weight");
  for (std::size_t i = 0; i < down.size(); ++i)
    ASSERT_EQ(down[i], test_value("model.layers.1.mlp.down_proj.weight", i));
}

// Row 2j of a head is row j of its first half, row 2j + 1 of its second.
TEST(GgufConversion, ReordersRotaryRowsOfLlama) {
  HfTestFolder folder;
  folder.put_model(test_config("LlamaForCausalLM", 1), llama_tensors(1));
  const Converted file = converted(folder, "f32");
  for (const auto& [gguf, hf, heads] :
       {std::tuple("blk.0.attn_q.weight", "model.layers.0.self_attn.q_proj.weight", kTestHeads),
        std::tuple("blk.0.attn_k.weight", "model.layers.0.self_attn.k_proj.weight",
                   kTestKvHeads)}) {
    const std::vector<float> values = file.values(gguf);
    for (std::uint64_t head = 0; head < heads; ++head) {
      for (std::uint64_t pair = 0; pair < kTestHead / 2; ++pair) {
        for (std::uint64_t half = 0; half < 2; ++half) {
          const std::uint64_t to = head * kTestHead + 2 * pair + half;
          const std::uint64_t from = head * kTestHead + half * (kTestHead / 2) + pair;
          ASSERT_EQ(values[to * kTestHidden + 5], test_value(hf, from * kTestHidden + 5));
        }
      }
    }
  }
}

TEST(GgufConversion, KeepsRowsOfQwen3AndTiesItsOutput) {
  HfTestFolder folder;
  folder.put_model(test_config("Qwen3ForCausalLM", 1, R"(,"tie_word_embeddings":true)"),
                   llama_tensors(1, true, true));
  const Converted file = converted(folder, "BF16");
  EXPECT_EQ(file.gguf.find_tensor("output.weight"), nullptr);
  EXPECT_EQ(file.gguf.find("qwen3.attention.key_length")->as_uint(), kTestHead);
  const std::vector<float> q = file.values("blk.0.attn_q.weight");
  for (std::size_t i = 0; i < q.size(); ++i)
    ASSERT_EQ(q[i], test_value("model.layers.0.self_attn.q_proj.weight", i));
  EXPECT_EQ(file.values("blk.0.attn_q_norm.weight").size(), kTestHead);
}

TEST(GgufConversion, AddsOneToNormsOfGemma3) {
  HfTestFolder folder;
  std::vector<TestTensor> tensors = llama_tensors(1, true, true);
  tensors.push_back({"model.layers.0.pre_feedforward_layernorm.weight", {kTestHidden}});
  tensors.push_back({"model.layers.0.post_feedforward_layernorm.weight", {kTestHidden}});
  folder.put_model(test_config("Gemma3ForCausalLM", 1, R"(,"sliding_window":16)"), tensors);
  const Converted file = converted(folder, "f16");
  for (const auto& [gguf, hf] :
       {std::pair("blk.0.attn_norm.weight", "model.layers.0.input_layernorm.weight"),
        std::pair("blk.0.post_attention_norm.weight",
                  "model.layers.0.post_attention_layernorm.weight"),
        std::pair("blk.0.ffn_norm.weight", "model.layers.0.pre_feedforward_layernorm.weight"),
        std::pair("blk.0.attn_k_norm.weight", "model.layers.0.self_attn.k_norm.weight"),
        std::pair("output_norm.weight", "model.norm.weight")}) {
    const std::vector<float> values = file.values(gguf);
    for (std::size_t i = 0; i < values.size(); ++i)
      ASSERT_EQ(values[i], test_value(hf, i) + 1.0F) << gguf;
  }
  EXPECT_EQ(file.gguf.find("gemma3.attention.sliding_window")->as_uint(), 16U);
}

TEST(GgufConversion, GivesTheSameBytesWithAnyNumberOfThreads) {
  HfTestFolder folder;
  folder.put_model(test_config("LlamaForCausalLM", 3), llama_tensors(3));
  for (const std::string_view type : {"F32", "F16", "Q8_0"}) {
    const Result<Bytes> one = convert(folder, type, 1);
    if (!one && one.error().code == Code::Unsupported) continue;  // no quantiser in this build
    ASSERT_TRUE(one) << one.error().text;
    for (const std::size_t threads : {2U, 7U})
      EXPECT_EQ(convert(folder, type, threads).value(), *one);
  }
}

TEST(GgufConversion, QuantisesEachRowAsQuantiseDoes) {
  if (!check_writable(DType::Q8_0)) GTEST_SKIP() << "no quantiser in this build";
  HfTestFolder folder;
  folder.put_model(test_config("LlamaForCausalLM", 1), llama_tensors(1));
  const Converted file = converted(folder, "q8_0");
  std::vector<float> up(kTestFeedForward * kTestHidden);
  for (std::size_t i = 0; i < up.size(); ++i)
    up[i] = test_value("model.layers.0.mlp.up_proj.weight", i);
  const GgufTensor* tensor = file.gguf.find_tensor("blk.0.ffn_up.weight");
  Bytes want(tensor->bytes);
  ASSERT_TRUE(quantise(DType::Q8_0, up, kTestHidden, {}, want));
  EXPECT_EQ(Bytes(file.bytes.begin() + static_cast<std::ptrdiff_t>(tensor->offset),
                  file.bytes.begin() + static_cast<std::ptrdiff_t>(tensor->offset + tensor->bytes)),
            want);
  EXPECT_EQ(file.gguf.find("general.quantization_version")->as_uint(), 2U);
  EXPECT_EQ(model_info(file.gguf, ModelFileKind::Model).quantization, "Q8_0");
}

TEST(GgufConversion, NeedsImportanceWhereLlamaQuantizeDoes) {
  if (!check_writable(DType::Q8_0)) GTEST_SKIP() << "no quantiser in this build";
  HfTestFolder folder;
  folder.put_model(test_config("LlamaForCausalLM", 1), llama_tensors(1));
  // Rows of 64 are no blocks of 256, so that narrower types stand in, which need none.
  EXPECT_TRUE(convert(folder, "IQ2_XXS"));
  EXPECT_TRUE(wants_importance(*parse_file_type("IQ2_XXS"), "blk.0.ffn_up.weight", DType::IQ2_XXS));
  EXPECT_TRUE(wants_importance(*parse_file_type("Q2_K_S"), "blk.0.ffn_up.weight", DType::Q2_K));
  EXPECT_FALSE(wants_importance(*parse_file_type("Q2_K"), "blk.0.ffn_up.weight", DType::Q2_K));
  EXPECT_FALSE(wants_importance(*parse_file_type("IQ1_S"), "token_embd.weight", DType::IQ2_S));
}

struct Broken {
  std::string what;
  std::string config;
  std::vector<TestTensor> tensors;
  Code code;
  std::string text;
};

TEST(GgufConversion, RefusesModelsThatContradictTheirConfig) {
  const std::string config = test_config("LlamaForCausalLM", 1);
  std::vector<TestTensor> missing = llama_tensors(1);
  std::erase_if(missing, [](const TestTensor& t) { return t.name.ends_with("up_proj.weight"); });
  std::vector<TestTensor> extra = llama_tensors(1);
  extra.push_back({"model.layers.0.self_attn.q_norm.weight", {kTestHead}});
  std::vector<TestTensor> wrong = llama_tensors(1);
  wrong[0].shape = {kTestVocabulary + 1, kTestHidden};
  for (const Broken& each : std::vector<Broken>{
           {"missing", config, missing, Code::Corrupt,
            "\"model.layers.0.mlp.up_proj.weight\" is missing"},
           {"extra", config, extra, Code::Unsupported,
            "\"model.layers.0.self_attn.q_norm.weight\" has no place in a GGUF file of \"llama\""},
           {"another layer", config, llama_tensors(2), Code::Unsupported, "model.layers.1."},
           {"one layer less", test_config("LlamaForCausalLM", 2), llama_tensors(1), Code::Corrupt,
            "model.layers.1.input_layernorm.weight"},
           {"shape", config, wrong, Code::Corrupt,
            "its shape is [301, 64], config.json says [300, 64]"},
           {"no output", config, llama_tensors(1, false, true), Code::Corrupt, "lm_head.weight"}}) {
    HfTestFolder folder;
    folder.put_model(each.config, each.tensors);
    const Result<Bytes> done = convert(folder, "F16");
    ASSERT_FALSE(done) << each.what;
    EXPECT_EQ(done.error().code, each.code) << each.what << ": " << done.error().text;
    EXPECT_THAT(done.error().text, HasSubstr(each.text)) << each.what;
  }
}

TEST(GgufConversion, NamesTheTensorThatF16CannotHold) {
  HfTestFolder folder;
  folder.put_model(test_config("LlamaForCausalLM", 1), llama_tensors(1));
  const Result<SafetensorsSet> set = SafetensorsSet::open(folder.fs(), folder.path());
  const SafetensorsTensor& lm_head = set->find("lm_head.weight")->tensor;
  Bytes file = bf16_file(llama_tensors(1));
  file[lm_head.offset] = 0x80;  // 65536
  file[lm_head.offset + 1] = 0x47;
  folder.put("model.safetensors", file);
  const Result<Bytes> done = convert(folder, "F16");
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().text, HasSubstr("tensor \"output.weight\""));
  EXPECT_TRUE(convert(folder, "BF16"));
}

// A larger model's text model may be spelled in two ways, but only in one at a time.
TEST(GgufConversion, RefusesATensorUnderTwoNames) {
  const std::string config =
      fmt::format(R"({{"architectures":["Gemma3ForConditionalGeneration"],"text_config":{}}})",
                  test_config("", 1, R"(,"sliding_window":16)"));
  std::vector<TestTensor> tensors = llama_tensors(1, true, true);
  tensors.push_back({"model.layers.0.pre_feedforward_layernorm.weight", {kTestHidden}});
  tensors.push_back({"model.layers.0.post_feedforward_layernorm.weight", {kTestHidden}});
  for (TestTensor& each : tensors) each.name = "language_model." + each.name;
  HfTestFolder folder;
  folder.put_model(config, tensors);
  const Result<Bytes> once = convert(folder, "F32");
  EXPECT_TRUE(once) << once.error().text;
  tensors.push_back({"model.language_model.norm.weight", {kTestHidden}});
  folder.put_model(config, tensors);
  const Result<Bytes> twice = convert(folder, "F32");
  ASSERT_FALSE(twice);
  EXPECT_EQ(twice.error().code, Code::Corrupt);
  EXPECT_THAT(twice.error().text,
              HasSubstr("\"language_model.model.norm.weight\" and "
                        "\"model.language_model.norm.weight\" are the same one"));
}

TEST(GgufConversion, WritesRotaryFactorsOfLlama3) {
  HfTestFolder folder;
  folder.put_model(
      test_config("LlamaForCausalLM", 1,
                  R"(,"rope_scaling":{"rope_type":"llama3","factor":8.0,"low_freq_factor":1.0,)"
                  R"("high_freq_factor":4.0,"original_max_position_embeddings":64})"),
      llama_tensors(1));
  const std::vector<float> factors = converted(folder, "F16").values("rope_freqs.weight");
  ASSERT_EQ(factors.size(), kTestHead / 2);
  for (std::size_t i = 0; i < factors.size(); ++i) {
    const double wavelength =
        2 * M_PI * std::pow(10'000.0, 2.0 * static_cast<double>(i) / kTestHead);
    const double smooth = (64 / wavelength - 1) / 3;
    const double want = wavelength < 16 ? 1 : wavelength > 64 ? 8 : 1 / ((1 - smooth) / 8 + smooth);
    EXPECT_NEAR(factors[i], want, 1e-6 * want) << i;
  }
}

}  // namespace
}  // namespace tegula::tensor

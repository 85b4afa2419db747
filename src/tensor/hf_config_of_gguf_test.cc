#include "tensor/hf_config_of_gguf.h"

#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/progress.h"
#include "tensor/gguf_config.h"
#include "tensor/gguf_conversion.h"
#include "tensor/hf_model.h"
#include "tensor/hf_test_model.h"
#include "tensor/model_test_files.h"

namespace tegula::tensor {
namespace {

using ::testing::HasSubstr;

// The model's GGUF file, read again.
Gguf converted(std::string_view config, const std::vector<TestTensor>& tensors) {
  HfTestFolder folder;
  folder.put_model(config, tensors);
  const HfModel model = HfModel::open(folder.fs(), folder.path()).value();
  GgufOptions options;
  options.file_type = parse_file_type("F32").value();
  options.threads = 1;
  BytesSink sink;
  NoProgress progress;
  EXPECT_TRUE(write_gguf(model, options, sink, progress, {}));
  return read_gguf(MemorySource(sink.bytes())).value();
}

void expect_same_sizes(const HfConfig& got, const HfConfig& want) {
  EXPECT_EQ(got.architecture, want.architecture);
  EXPECT_EQ(got.layers, want.layers);
  EXPECT_EQ(got.hidden, want.hidden);
  EXPECT_EQ(got.feed_forward, want.feed_forward);
  EXPECT_EQ(got.heads, want.heads);
  EXPECT_EQ(got.kv_heads, want.kv_heads);
  EXPECT_EQ(got.head_size, want.head_size);
  EXPECT_EQ(got.vocabulary, want.vocabulary);
  EXPECT_EQ(got.context, want.context);
  EXPECT_EQ(got.tied, want.tied);
  EXPECT_EQ(got.rope.kind, want.rope.kind);
  EXPECT_EQ(got.rope.factor, want.rope.factor);
  EXPECT_EQ(got.rope_theta, want.rope_theta);
  EXPECT_FLOAT_EQ(static_cast<float>(got.norm_epsilon), static_cast<float>(want.norm_epsilon));
}

// What is converted has the matrices that it was converted from.
TEST(HfConfigOfGguf, SaysWhatConfigJsonSaid) {
  const std::string yarn = R"(,"rope_scaling":{"type":"yarn","factor":4.0,)"
                           R"("original_max_position_embeddings":64})";
  const struct {
    std::string config;
    std::vector<TestTensor> tensors;
  } cases[] = {
      {test_config("LlamaForCausalLM", 2), llama_tensors(2)},
      {test_config("LlamaForCausalLM", 2, R"(,"tie_word_embeddings":true)"),
       llama_tensors(2, false, true)},
      {test_config("Qwen3ForCausalLM", 2, yarn), llama_tensors(2, true)},
  };
  for (const auto& each : cases) {
    const HfConfig want = parse_hf_config(each.config).value();
    const Result<HfConfig> got = hf_config_of(converted(each.config, each.tensors));
    ASSERT_TRUE(got) << got.error().text;
    expect_same_sizes(*got, want);
    EXPECT_EQ(got->family, want.family);
    const std::vector<HfMatrix> matrices = hf_matrices(*got);
    const std::vector<HfMatrix> expected = hf_matrices(want);
    ASSERT_EQ(matrices.size(), expected.size());
    for (std::size_t i = 0; i < matrices.size(); ++i) {
      EXPECT_EQ(matrices[i].hf, expected[i].hf);
      EXPECT_EQ(matrices[i].rows, expected[i].rows);
      EXPECT_EQ(matrices[i].columns, expected[i].columns);
      EXPECT_EQ(matrices[i].rotary_heads, expected[i].rotary_heads);
    }
  }
}

TEST(HfConfigOfGguf, CallsAMistralALlama) {
  const std::string config = test_config("MistralForCausalLM", 1);
  EXPECT_EQ(hf_config_of(converted(config, llama_tensors(1)))->family, HfFamily::Llama);
}

// A llama of 64 whose keys a test adds to.
GgufWriter sound_model() {
  GgufWriter writer;
  set_llama(writer);
  return writer;
}

Gguf with(const std::function<void(GgufWriter&)>& more, bool has_embedding = true) {
  GgufWriter writer = sound_model();
  more(writer);
  if (has_embedding) add(writer, "token_embd.weight", DType::F32, {64, 10});
  add(writer, "output_norm.weight", DType::F32, {64});
  return read_gguf(MemorySource(zero_file(writer))).value();
}

void heads(GgufWriter& writer) {
  writer.set_u32("llama.attention.head_count", 4);
  writer.set_u32("llama.feed_forward_length", 96);
  writer.set_f32("llama.attention.layer_norm_rms_epsilon", 1e-5F);
}

TEST(HfConfigOfGguf, TakesOneNumberForAllLayers) {
  const auto config = hf_config_of(with([](GgufWriter& writer) {
    heads(writer);
    writer.set_u32s("llama.attention.head_count_kv", std::vector<std::uint32_t>{2, 2});
  }));
  ASSERT_TRUE(config) << config.error().text;
  EXPECT_EQ(config->kv_heads, 2U);
  EXPECT_EQ(config->head_size, 16U);
  EXPECT_EQ(config->vocabulary, 10U);
  EXPECT_TRUE(config->tied);
}

// As the engine reads it.
TEST(HfConfigOfGguf, TakesAFactorOfZeroForNone) {
  const auto rope = [](float factor) {
    const Gguf gguf = with([&](GgufWriter& writer) {
      heads(writer);
      writer.set_f32("llama.rope.scaling.factor", factor);
    });
    return hf_config_of(gguf).value().rope;
  };
  EXPECT_EQ(rope(0).kind, RopeScaling::Kind::None);
  EXPECT_EQ(rope(0).factor, 1);
  EXPECT_EQ(rope(4).kind, RopeScaling::Kind::Linear);
  EXPECT_EQ(rope(4).factor, 4);
}

// config.json says so, and all that the file says.
TEST(HfConfigOfGguf, TakesAFactorWithoutATypeForALinearOne) {
  const auto scaling = [](float factor) {
    const Gguf gguf = with([&](GgufWriter& writer) {
      heads(writer);
      writer.set_f32("llama.rope.scaling.factor", factor);
    });
    const codec::Json json = config_json_of(gguf, {}).value();
    EXPECT_TRUE(check_parameters(gguf, parse_hf_config(json.dump()).value()));
    return json["rope_scaling"];
  };
  EXPECT_EQ(scaling(0), codec::Json());
  EXPECT_EQ(scaling(1), codec::Json());
  EXPECT_EQ(scaling(4), (codec::Json{{"rope_type", "linear"}, {"factor", 4.0}}));
}

TEST(HfConfigOfGguf, RefusesByName) {
  const struct {
    std::function<void(GgufWriter&)> more;
    Code code;
    std::string text;
  } cases[] = {
      {[](GgufWriter&) {}, Code::Corrupt, "\"llama.feed_forward_length\": is missing"},
      {[](GgufWriter& w) {
         heads(w);
         w.set_u32s("llama.attention.head_count_kv", std::vector<std::uint32_t>{2, 4});
       },
       Code::Unsupported, "head_count_kv\": layers of different sizes"},
      {[](GgufWriter& w) {
         heads(w);
         w.set_u32("llama.expert_count", 8);
       },
       Code::Unsupported, "experts"},
      {[](GgufWriter& w) {
         heads(w);
         w.set_u32("llama.attention.head_count_kv", 3);
       },
       Code::Corrupt, "evenly"},
      {[](GgufWriter& w) {
         heads(w);
         w.set_u32("llama.attention.value_length", 8);
       },
       Code::Unsupported, "keys and values of different sizes"},
      {[](GgufWriter& w) {
         heads(w);
         w.set_text("llama.rope.scaling.type", "longrope");
       },
       Code::Unsupported, "\"longrope\""},
      {[](GgufWriter& w) {
         heads(w);
         w.set_f32("llama.rope.freq_base", -1);
       },
       Code::Corrupt, "\"llama.rope.freq_base\": expected a number above 0"},
  };
  for (const auto& each : cases) {
    const auto config = hf_config_of(with(each.more));
    ASSERT_FALSE(config) << each.text;
    EXPECT_EQ(config.error().code, each.code);
    EXPECT_THAT(config.error().text, HasSubstr(each.text));
  }
  EXPECT_THAT(hf_config_of(with(heads, false)).error().text, HasSubstr("token_embd.weight"));

  GgufWriter phi;
  phi.set_text("general.architecture", "phi3");
  add(phi, "output_norm.weight", DType::F32, {64});
  const auto refused = hf_config_of(read_gguf(MemorySource(zero_file(phi))).value());
  EXPECT_EQ(refused.error().code, Code::Unsupported);
  EXPECT_THAT(refused.error().text, HasSubstr("\"phi3\""));
  EXPECT_THAT(refused.error().hint, HasSubstr("gemma3"));
}

}  // namespace
}  // namespace tegula::tensor

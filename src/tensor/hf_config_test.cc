#include "tensor/hf_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tensor/hf_test_model.h"

namespace tegula::tensor {
namespace {

using ::testing::HasSubstr;

TEST(HfConfig, ReadsALlama) {
  const Result<HfConfig> config = parse_hf_config(test_config("LlamaForCausalLM", 2));
  ASSERT_TRUE(config) << config.error().text;
  EXPECT_EQ(config->architecture, "llama");
  EXPECT_EQ(config->head_size, kTestHead);
  EXPECT_EQ(config->kv_heads, kTestKvHeads);
  EXPECT_EQ(config->rope_theta, 10'000);
  EXPECT_FALSE(config->tied);
}

TEST(HfConfig, ReadsRotaryScalingInBothSpellings) {
  const auto kind = [](std::string_view more) {
    return parse_hf_config(test_config("Qwen2ForCausalLM", 1, more)).value().rope;
  };
  EXPECT_EQ(kind("").kind, RopeScaling::Kind::None);
  const RopeScaling yarn = kind(R"(,"rope_scaling":{"type":"yarn","factor":4.0,)"
                                R"("original_max_position_embeddings":32768})");
  EXPECT_EQ(yarn.kind, RopeScaling::Kind::Yarn);
  EXPECT_EQ(yarn.factor, 4.0);
  EXPECT_EQ(yarn.original_context, 32'768U);
  EXPECT_EQ(kind(R"(,"rope_parameters":{"rope_type":"linear","factor":2,"rope_theta":5.0})").kind,
            RopeScaling::Kind::Linear);
}

TEST(HfConfig, ReadsTheTextModelOfALargerOne) {
  const std::string inner = test_config("x", 1, R"(,"sliding_window":32)");
  const Result<HfConfig> config = parse_hf_config(
      R"({"architectures":["Gemma3ForConditionalGeneration"],"text_config":)" + inner + "}");
  ASSERT_TRUE(config) << config.error().text;
  EXPECT_TRUE(config->nested);
  EXPECT_TRUE(config->tied);
  EXPECT_EQ(config->sliding_window, 32U);
}

TEST(HfConfig, KnowsWhatDiffersByLayerInGemma4) {
  const Result<HfConfig> config = parse_hf_config(test_config(
      "Gemma4ForCausalLM", 3,
      R"(,"sliding_window":8,"global_head_dim":32,"num_global_key_value_heads":1,)"
      R"("num_kv_shared_layers":1,"use_double_wide_mlp":true,"attention_k_eq_v":true,)"
      R"("layer_types":["sliding_attention","full_attention","sliding_attention"],)"
      R"("rope_parameters":{"full_attention":{"rope_type":"proportional","rope_theta":1e6,)"
      R"("partial_rotary_factor":0.25},"sliding_attention":{"rope_theta":1e4}})"));
  ASSERT_TRUE(config) << config.error().text;
  EXPECT_EQ(config->head_size_of(0), kTestHead);
  EXPECT_EQ(config->head_size_of(1), 32U);
  EXPECT_EQ(config->kv_heads_of(1), 1U);
  EXPECT_EQ(config->feed_forward_of(1), kTestFeedForward);
  EXPECT_EQ(config->feed_forward_of(2), 2 * kTestFeedForward);
  EXPECT_EQ(config->rope_theta_sliding, 1e4);
  EXPECT_EQ(config->rotated_part, 0.25);
}

TEST(HfConfig, ReadsTheShapesOfAQuantisedModel) {
  const std::string text = test_config(
      "LlamaForCausalLM", 2, R"(,"quantization":{"bits":4},"quantization_config":{"bits":4})");
  EXPECT_EQ(parse_hf_config(text).error().code, Code::Unsupported);
  EXPECT_EQ(parse_hf_shapes(text)->layers, 2U);
  EXPECT_EQ(parse_hf_shapes("[]").error().code, Code::Corrupt);
}

struct Case {
  std::string text;
  Code code;
  std::string error;
};

TEST(HfConfig, RefusesWhatItCannotConvertByName) {
  const auto with = [](std::string_view more) { return test_config("LlamaForCausalLM", 1, more); };
  const auto replaced = [](std::string_view what, std::string_view by) {
    std::string text = test_config("LlamaForCausalLM", 1);
    return text.replace(text.find(what), what.size(), by);
  };
  for (const Case& each : std::vector<Case>{
           {"", Code::Corrupt, "line 1"},
           {"[]", Code::Corrupt, "expected an object"},
           {"{}", Code::Corrupt, "\"architectures\""},
           {test_config("MixtralForCausalLM", 1), Code::Unsupported, "\"MixtralForCausalLM\""},
           {with(R"(,"quantization_config":{})"), Code::Unsupported, "quantised already"},
           {with(R"(,"num_local_experts":8)"), Code::Unsupported, "experts"},
           {with(R"(,"hidden_act":"relu")"), Code::Unsupported, "\"relu\""},
           {with(R"(,"rope_scaling":{"rope_type":"longrope"})"), Code::Unsupported, "\"longrope\""},
           {with(R"(,"rope_scaling":{"rope_type":"yarn"})"), Code::Corrupt, "original_max"},
           {with(R"(,"rope_scaling":3)"), Code::Corrupt, "expected an object"},
           {with(R"(,"tie_word_embeddings":1)"), Code::Corrupt, "expected true or false"},
           {replaced("\"hidden_size\":64", "\"hidden_size\":0"), Code::Unsupported, "hidden_size"},
           {replaced("\"hidden_size\":64", "\"hidden_size\":6.5"), Code::Corrupt, "whole number"},
           {replaced("\"hidden_size\":64", "\"x\":64"), Code::Corrupt,
            "\"hidden_size\" is missing"},
           {replaced("\"num_key_value_heads\":2", "\"num_key_value_heads\":3"), Code::Corrupt,
            "evenly"},
           {replaced("\"head_dim\":16", "\"head_dim\":15"), Code::Corrupt, "odd size"},
           {replaced("1e-6", "-1"), Code::Corrupt, "above 0"}}) {
    const Result<HfConfig> config = parse_hf_config(each.text);
    ASSERT_FALSE(config) << each.text;
    EXPECT_EQ(config.error().code, each.code) << config.error().text;
    EXPECT_THAT(config.error().text, HasSubstr(each.error));
  }
  const auto gemma = [](std::string_view more) {
    return parse_hf_config(test_config("Gemma3ForCausalLM", 2,
                                       std::string(R"(,"sliding_window":8)") + std::string(more)));
  };
  EXPECT_TRUE(gemma(R"(,"query_pre_attn_scalar":16)"));
  EXPECT_THAT(gemma(R"(,"query_pre_attn_scalar":24)").error().text, HasSubstr("the engine has 16"));
  EXPECT_THAT(gemma(R"(,"layer_types":["sliding_attention","full_attention"])").error().text,
              HasSubstr("sixth layers"));
  EXPECT_THAT(parse_hf_config(test_config("X", 1)).error().hint, HasSubstr("Qwen3ForCausalLM"));
}

}  // namespace
}  // namespace tegula::tensor

#include "tensor/adapter_conversion.h"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tensor/hf_tensors.h"
#include "tensor/hf_test_model.h"
#include "tensor/map_sink.h"
#include "tensor/model_check.h"

namespace tegula::tensor {
namespace {

using ::testing::HasSubstr;

const std::string kQ = "model.layers.0.self_attn.q_proj";
const std::string kDown = "model.layers.1.mlp.down_proj";

HfConfig base() { return *parse_hf_config(test_config("LlamaForCausalLM", 2)); }

// Rank 4 on q_proj of layer 0, rank 2 on down_proj of layer 1.
std::vector<TestTensor> peft_tensors() {
  const std::string prefix = "base_model.model.";
  return {{prefix + kQ + ".lora_A.weight", {4, kTestHidden}},
          {prefix + kQ + ".lora_B.weight", {kTestHeads * kTestHead, 4}},
          {prefix + kDown + ".lora_A.weight", {2, kTestFeedForward}},
          {prefix + kDown + ".lora_B.weight", {kTestHidden, 2}}};
}

constexpr std::string_view kPeftConfig =
    R"({"peft_type":"LORA","r":4,"lora_alpha":8,"bias":"none","rank_pattern":{"down_proj":2}})";

void put_peft(HfTestFolder& folder, std::string_view config = kPeftConfig,
              const std::vector<TestTensor>& tensors = peft_tensors()) {
  folder.put("adapter_config.json", bytes_of(config));
  folder.put("adapter_model.safetensors", bf16_file(tensors));
}

// What each pair adds to its matrix: scale * B A.
using Deltas = std::map<std::string, std::vector<double>>;
Deltas deltas(const Adapter& adapter) {
  Deltas out;
  for (std::size_t i = 0; i < adapter.size(); ++i) {
    const AdapterPair pair = *adapter.read(i);
    std::vector<double>& delta = out[pair.matrix.hf];
    for (std::uint64_t row = 0; row < pair.matrix.rows; ++row) {
      for (std::uint64_t column = 0; column < pair.matrix.columns; ++column) {
        double sum = 0;
        for (std::uint64_t k = 0; k < pair.rank; ++k)
          sum += static_cast<double>(pair.b[row * pair.rank + k]) *
                 pair.a[k * pair.matrix.columns + column];
        delta.push_back(pair.scale * sum);
      }
    }
  }
  return out;
}

void expect_same(const Deltas& got, const Deltas& want) {
  ASSERT_EQ(got.size(), want.size());
  for (const auto& [name, values] : want) {
    ASSERT_TRUE(got.contains(name)) << name;
    for (std::size_t i = 0; i < values.size(); ++i)
      ASSERT_NEAR(got.at(name)[i], values[i], 1e-6 + 1e-6 * std::fabs(values[i])) << name << i;
  }
}

void put_all(HfTestFolder& folder, const MapSink& sink) {
  for (const auto& [name, bytes] : sink.files) folder.put(name, bytes);
}

TEST(AdapterConversion, ReadsPeft) {
  HfTestFolder folder;
  put_peft(folder);
  const auto adapter = open_peft(folder.fs(), folder.path(), base());
  ASSERT_TRUE(adapter) << adapter.error().text;
  ASSERT_EQ((*adapter)->size(), 2U);
  const AdapterPair q = *(*adapter)->read(0);
  EXPECT_EQ(q.matrix.gguf, "blk.0.attn_q.weight");
  EXPECT_EQ(q.rank, 4U);
  EXPECT_EQ(q.scale, 2.0);
  EXPECT_EQ(q.a[70], test_value("base_model.model." + kQ + ".lora_A.weight", 70));
  EXPECT_EQ((*adapter)->read(1)->scale, 4.0);
}

TEST(AdapterConversion, KeepsWhatIsAddedThroughEachForm) {
  HfTestFolder peft;
  put_peft(peft,
           R"({"peft_type":"LORA","r":4,"lora_alpha":8,"use_rslora":true,)"
           R"("rank_pattern":{"down_proj":2},"alpha_pattern":{"model.layers.1.mlp.down_proj":3}})");
  const auto adapter = *open_peft(peft.fs(), peft.path(), base());
  const Deltas want = deltas(*adapter);

  HfTestFolder mlx;
  MapSink mlx_files;
  ASSERT_TRUE(write_mlx(*adapter, mlx_files));
  put_all(mlx, mlx_files);
  const auto from_mlx = open_mlx(mlx.fs(), mlx.path(), base());
  ASSERT_TRUE(from_mlx) << from_mlx.error().text;
  expect_same(deltas(**from_mlx), want);

  BytesSink gguf;
  ASSERT_TRUE(write_gguf_adapter(**from_mlx, base(), gguf));
  const MemorySource source(gguf.bytes());
  const auto from_gguf = open_gguf_adapter(source, base());
  ASSERT_TRUE(from_gguf) << from_gguf.error().text;
  expect_same(deltas(**from_gguf), want);

  HfTestFolder again;
  MapSink peft_files;
  ASSERT_TRUE(write_peft(**from_gguf, peft_files));
  put_all(again, peft_files);
  const auto back = open_peft(again.fs(), again.path(), base());
  ASSERT_TRUE(back) << back.error().text;
  expect_same(deltas(**back), want);
}

// The engine adds alpha / rank * B A to a matrix whose rows are reordered.
TEST(AdapterConversion, ReordersRowsOfBForLlama) {
  HfTestFolder folder;
  put_peft(folder);
  BytesSink sink;
  ASSERT_TRUE(write_gguf_adapter(**open_peft(folder.fs(), folder.path(), base()), base(), sink));
  const Gguf gguf = *read_gguf(MemorySource(sink.bytes()));
  ASSERT_TRUE(check_adapter(gguf)) << check_adapter(gguf).error().text;
  EXPECT_EQ(gguf.find("adapter.lora.alpha")->as_double(), 8.0);
  const GgufTensor& b = *gguf.find_tensor("blk.0.attn_q.weight.lora_b");
  for (std::uint64_t row = 0; row < b.shape[1]; ++row) {
    float got = 0;
    std::memcpy(&got, sink.bytes().data() + b.offset + row * 16, 4);
    const std::uint64_t from = rotary_source_row(row, b.shape[1], kTestHeads);
    EXPECT_EQ(got, test_value("base_model.model." + kQ + ".lora_B.weight", from * 4));
  }
}

TEST(AdapterConversion, ReadsThoseOfATextModelInALargerOne) {
  const std::string inner = test_config("x", 2, R"(,"sliding_window":32)");
  const HfConfig gemma = *parse_hf_config(
      R"({"architectures":["Gemma3ForConditionalGeneration"],"text_config":)" + inner + "}");
  for (const std::string_view model : {"model", "language_model.model", "model.language_model"}) {
    const std::string path = fmt::format("base_model.model.{}.layers.1.mlp.up_proj", model);
    HfTestFolder folder;
    put_peft(folder,
             fmt::format(R"({{"peft_type":"LORA","r":2,"alpha_pattern":)"
                         R"({{"{}.layers.1.mlp.up_proj":6}}}})",
                         model),
             {{path + ".lora_A.weight", {2, kTestHidden}},
              {path + ".lora_B.weight", {kTestFeedForward, 2}}});
    const auto adapter = open_peft(folder.fs(), folder.path(), gemma);
    ASSERT_TRUE(adapter) << adapter.error().text;
    EXPECT_EQ((*adapter)->read(0)->matrix.gguf, "blk.1.ffn_up.weight");
    EXPECT_EQ((*adapter)->read(0)->scale, 3.0);
    if (model != "model") {
      EXPECT_FALSE(open_peft(folder.fs(), folder.path(), base()));
    }
  }
}

// As the engine does it.
TEST(AdapterConversion, TakesAGgufAdapterWithoutAlphaAsItIs) {
  for (const bool zero : {false, true}) {
    GgufWriter writer;
    writer.set_text("general.architecture", "llama");
    writer.set_text("general.type", "adapter");
    writer.set_text("adapter.type", "lora");
    if (zero) writer.set_f32("adapter.lora.alpha", 0);
    using Shape = std::vector<std::uint64_t>;
    writer.add_tensor("blk.0.ffn_up.weight.lora_a", DType::F32, Shape{kTestHidden, 2});
    writer.add_tensor("blk.0.ffn_up.weight.lora_b", DType::F32, Shape{2, kTestFeedForward});
    const Bytes file = zero_file(writer);
    const MemorySource source(file);
    const auto adapter = open_gguf_adapter(source, base());
    ASSERT_TRUE(adapter) << adapter.error().text;
    EXPECT_EQ((*adapter)->read(0)->scale, 1.0);
  }
}

TEST(AdapterConversion, KnowsAFolderByItsFiles) {
  using Files = std::vector<std::string>;
  EXPECT_EQ(adapter_form_of(Files{"adapter_config.json", "adapter_model.safetensors", "README.md"}),
            AdapterForm::Peft);
  EXPECT_EQ(adapter_form_of(Files{"0000100_adapters.safetensors", "adapters.safetensors",
                                  "adapter_config.json"}),
            AdapterForm::Mlx);
  const struct {
    Files files;
    Code code;
    std::string text;
  } cases[] = {
      {{}, Code::NotFound, "no adapter"},
      {{"adapter_config.json"}, Code::NotFound, "no adapter"},
      {{"adapter_model.safetensors"}, Code::NotFound, "\"adapter_config.json\" is missing"},
      {{"adapter_config.json", "adapter_model.bin"}, Code::Unsupported, "pickle"},
      {{"adapter_config.json", "adapter_model.safetensors", "adapters.safetensors"},
       Code::InvalidArgument,
       "both"},
  };
  for (const auto& each : cases) {
    const auto form = adapter_form_of(each.files);
    ASSERT_FALSE(form) << each.text;
    EXPECT_EQ(form.error().code, each.code);
    EXPECT_THAT(form.error().text, HasSubstr(each.text));
  }
}

TEST(AdapterConversion, ScalesByAnyNumber) {
  HfTestFolder folder;
  put_peft(folder);
  const auto adapter = *open_peft(folder.fs(), folder.path(), base());
  for (const double factor : {2.5, 0.0, -0.5}) {
    Deltas want = deltas(*adapter);
    for (auto& [name, values] : want)
      for (double& value : values) value *= factor;
    const ScaledAdapter scaled(*adapter, factor);
    for (const bool mlx : {false, true}) {
      HfTestFolder again;
      MapSink files;
      ASSERT_TRUE(mlx ? write_mlx(scaled, files) : write_peft(scaled, files));
      put_all(again, files);
      const auto back = mlx ? open_mlx(again.fs(), again.path(), base())
                            : open_peft(again.fs(), again.path(), base());
      ASSERT_TRUE(back) << back.error().text;
      expect_same(deltas(**back), want);
    }
  }
}

// Modules are named so that PEFT and mlx_lm change these alone: whole paths there, and here all
// layers, since a number of them counts from the last.
TEST(AdapterConversion, NamesItsModules) {
  HfTestFolder folder;
  std::vector<TestTensor> tensors = peft_tensors();
  tensors.push_back({"base_model.model.lm_head.lora_A.weight", {4, kTestHidden}});
  tensors.push_back({"base_model.model.lm_head.lora_B.weight", {kTestVocabulary, 4}});
  put_peft(folder, kPeftConfig, tensors);
  const auto adapter = *open_peft(folder.fs(), folder.path(), base());
  MapSink peft, mlx;
  ASSERT_TRUE(write_peft(*adapter, peft));
  ASSERT_TRUE(write_mlx(*adapter, mlx));
  const auto config = [](const MapSink& sink) {
    return codec::parse_json(text_of(sink.files.at("adapter_config.json"))).value();
  };
  EXPECT_EQ(config(peft)["target_modules"], codec::Json({kQ, kDown, "lm_head"}));
  EXPECT_EQ(config(mlx)["num_layers"], -1);
  EXPECT_EQ(config(mlx)["lora_parameters"]["keys"],
            codec::Json({"lm_head", "mlp.down_proj", "self_attn.q_proj"}));
}

struct Refusal {
  std::string config;
  std::vector<TestTensor> tensors;
  Code code;
  std::string text;
};

TEST(AdapterConversion, RefusesByName) {
  const auto without = [](std::string_view end) {
    std::vector<TestTensor> out = peft_tensors();
    std::erase_if(out, [&](const TestTensor& t) { return t.name.ends_with(end); });
    return out;
  };
  const auto with = [](TestTensor more) {
    std::vector<TestTensor> out = peft_tensors();
    out.push_back(std::move(more));
    return out;
  };
  std::vector<TestTensor> wide = peft_tensors();
  wide[0].shape = {4, kTestHidden + 1};
  const std::string plain(kPeftConfig);
  for (const Refusal& each : std::vector<Refusal>{
           {plain, without("q_proj.lora_B.weight"), Code::Corrupt, "one of its two tensors"},
           {plain, with({"base_model.model.model.layers.2.mlp.up_proj.lora_A.weight", {1, 1}}),
            Code::Unsupported, "layers.2.mlp.up_proj.lora_A.weight\" belongs to no matrix"},
           {plain, wide, Code::InvalidArgument, kQ + ".weight\" is [64, 64] in the base model"},
           {R"({"peft_type":"LORA","r":4})", peft_tensors(), Code::Corrupt, "says rank 4"},
           {R"({"peft_type":"IA3"})", peft_tensors(), Code::Unsupported, "only LORA"},
           {R"({"peft_type":"LORA","use_dora":true})", peft_tensors(), Code::Unsupported,
            "use_dora"},
           {R"({"peft_type":"LORA","init_lora_weights":"pissa_niter_4"})", peft_tensors(),
            Code::Unsupported, "\"pissa\""},
           {R"({"peft_type":"LORA","alora_invocation_tokens":[1]})", peft_tensors(),
            Code::Unsupported, "alora_invocation_tokens"},
           {R"({"peft_type":"LORA","r":4,"lora_alpha":1e-300,"rank_pattern":{"down_proj":2}})",
            peft_tensors(), Code::Unsupported, "self_attn.q_proj\": a scale of 2.5e-301"},
           {R"({"peft_type":"LORA","r":0})", peft_tensors(), Code::Corrupt, "\"r\""},
           {R"({"peft_type":"LORA","bias":"all"})", peft_tensors(), Code::Unsupported, "bias"},
           {R"({"peft_type":"LORA","modules_to_save":["lm_head"]})", peft_tensors(),
            Code::Unsupported, "modules_to_save"},
           {R"({"peft_type":"LORA","r":4,"rank_pattern":{"down.*":2}})", peft_tensors(),
            Code::Unsupported, "more than a name"},
           {R"({"peft_type":"LORA","r":4,"lora_alpha":-1,"rank_pattern":{"down_proj":2}})",
            peft_tensors(), Code::Corrupt, "\"lora_alpha\""},
           {"{", peft_tensors(), Code::Corrupt, "adapter_config.json"}}) {
    HfTestFolder folder;
    put_peft(folder, each.config, each.tensors);
    const auto adapter = open_peft(folder.fs(), folder.path(), base());
    ASSERT_FALSE(adapter) << each.config;
    EXPECT_EQ(adapter.error().code, each.code) << adapter.error().text;
    EXPECT_THAT(adapter.error().text, HasSubstr(each.text));
  }
}

TEST(AdapterConversion, RefusesAGgufAdapterOfAnotherBase) {
  HfTestFolder folder;
  put_peft(folder);
  BytesSink sink;
  ASSERT_TRUE(write_gguf_adapter(**open_peft(folder.fs(), folder.path(), base()), base(), sink));
  const MemorySource source(sink.bytes());
  const HfConfig qwen = *parse_hf_config(test_config("Qwen3ForCausalLM", 2));
  EXPECT_THAT(open_gguf_adapter(source, qwen).error().text, HasSubstr("\"qwen3\""));
  const HfConfig shorter = *parse_hf_config(test_config("LlamaForCausalLM", 1));
  EXPECT_EQ(open_gguf_adapter(source, shorter).error().code, Code::Unsupported);
  HfConfig wider = base();
  wider.hidden *= 2;
  const auto refused = open_gguf_adapter(source, wider);
  EXPECT_EQ(refused.error().code, Code::InvalidArgument);
  EXPECT_THAT(refused.error().text, HasSubstr("\"blk.0.attn_q.weight\" is 128x64"));
  EXPECT_THAT(refused.error().text, HasSubstr("64x4 and 4x64"));
}

}  // namespace
}  // namespace tegula::tensor

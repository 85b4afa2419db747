#include "tensor/gguf_model.h"

#include <cstring>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tensor/gguf_conversion.h"
#include "tensor/hf_folder.h"
#include "tensor/hf_test_model.h"
#include "tensor/map_sink.h"
#include "tensor/mlx_blocks.h"
#include "tensor/quantise.h"
#include "tensor/safetensors_conversion.h"

namespace tegula::tensor {
namespace {

using codec::Json;
using ::testing::HasSubstr;

using Files = std::map<std::string, Bytes, std::less<>>;

// Ways to and from, through the same code that a build takes.
Result<Bytes> gguf_of(HfTestFolder& folder, std::string_view type) {
  const HfModel model = TRY(HfModel::open(folder.fs(), folder.path()));
  GgufOptions options;
  options.file_type = TRY(parse_file_type(type));
  BytesSink sink;
  NoProgress progress;
  TRY(write_gguf(model, options, sink, progress, {}));
  return sink.bytes();
}

Result<Files> folder_of(ByteView file, const SafetensorsOptions& options = {}) {
  const MemorySource source(file);
  const Gguf gguf = TRY(read_gguf(source));
  const GgufModel model = TRY(GgufModel::open(gguf, source));
  MapSink sink;
  NoProgress progress;
  TRY(write_safetensors(model, options, sink, progress, {}));
  return std::move(sink.files);
}

void put_all(HfTestFolder& folder, const Files& files) {
  for (const auto& [name, bytes] : files) folder.put(name, bytes);
}

Bytes data_of(const SafetensorsSet& set, std::string_view name) {
  const ShardTensor* const tensor = set.find(name);
  EXPECT_NE(tensor, nullptr) << name;
  if (tensor == nullptr) return {};
  Bytes out(tensor->tensor.bytes);
  EXPECT_TRUE(set.read(*tensor, 0, out));
  return out;
}

Json json_of(const Files& files, std::string_view name) {
  return Json::parse(text_of(files.find(name)->second));
}

std::vector<float> floats_of(const SafetensorsSet& set, std::string_view name) {
  const ShardTensor* const tensor = set.find(name);
  std::vector<float> out(*element_count(tensor->tensor.shape));
  EXPECT_TRUE(dequantise(*dtype_of(tensor->tensor.type), data_of(set, name), out));
  return out;
}

Bytes bf16_values(const TestTensor& tensor) {
  Bytes out(*tensor_bytes(DType::BF16, tensor.shape));
  for (std::uint64_t i = 0; i < out.size() / 2; ++i) {
    const std::uint16_t bits = bf16_from_f32(test_value(tensor.name, i));
    std::memcpy(out.data() + 2 * i, &bits, 2);
  }
  return out;
}

// --- models of every family ---

struct Family {
  std::string architecture;
  std::string more;  // of config.json
  std::vector<TestTensor> tensors;
};

void add_biases(std::vector<TestTensor>& tensors, std::uint64_t layers, bool all) {
  for (std::uint64_t i = 0; i < layers; ++i) {
    const auto add = [&](std::string_view name, std::uint64_t size) {
      tensors.push_back({fmt::format("model.layers.{}.{}.bias", i, name), {size}});
    };
    add("self_attn.q_proj", kTestHeads * kTestHead);
    add("self_attn.k_proj", kTestKvHeads * kTestHead);
    add("self_attn.v_proj", kTestKvHeads * kTestHead);
    if (!all) continue;
    add("self_attn.o_proj", kTestHidden);
    add("mlp.gate_proj", kTestFeedForward);
    add("mlp.up_proj", kTestFeedForward);
    add("mlp.down_proj", kTestHidden);
  }
}

std::vector<Family> families() {
  std::vector<Family> out;
  out.push_back({"LlamaForCausalLM",
                 R"(,"rope_scaling":{"rope_type":"llama3","factor":8.0,"low_freq_factor":1.0,)"
                 R"("high_freq_factor":4.0,"original_max_position_embeddings":64},)"
                 R"("attention_bias":false,"mlp_bias":false,"tie_word_embeddings":false)",
                 llama_tensors(2)});
  out.push_back(
      {"LlamaForCausalLM", R"(,"attention_bias":true,"mlp_bias":true)", llama_tensors(2)});
  add_biases(out.back().tensors, 2, true);
  out.push_back({"MistralForCausalLM", R"(,"sliding_window":null)", llama_tensors(1)});
  out.push_back({"Qwen2ForCausalLM",
                 R"(,"rope_scaling":{"rope_type":"yarn","factor":4.0,"beta_fast":32.0,)"
                 R"("original_max_position_embeddings":32},"use_sliding_window":false)",
                 llama_tensors(2)});
  add_biases(out.back().tensors, 2, false);
  out.push_back({"Qwen3ForCausalLM", R"(,"tie_word_embeddings":true,"hidden_act":"silu")",
                 llama_tensors(2, true, true)});
  out.push_back({"Gemma3ForCausalLM",
                 R"(,"sliding_window":16,"rope_local_base_freq":500.0,"sliding_window_pattern":6,)"
                 R"("query_pre_attn_scalar":16,"final_logit_softcapping":30.0,)"
                 R"("rope_scaling":{"rope_type":"linear","factor":8.0})",
                 llama_tensors(7, true, true)});
  for (std::uint64_t i = 0; i < 7; ++i) {
    for (const std::string_view name : {"pre_feedforward", "post_feedforward"})
      out.back().tensors.push_back(
          {fmt::format("model.layers.{}.{}_layernorm.weight", i, name), {kTestHidden}});
  }
  return out;
}

void put(HfTestFolder& folder, const Family& family) {
  const std::string config = test_config(family.architecture,
                                         family.architecture == "Gemma3ForCausalLM"    ? 7
                                         : family.architecture == "MistralForCausalLM" ? 1
                                                                                       : 2,
                                         family.more);
  folder.put_model(config, family.tensors);
}

TEST(GgufModel, GivesBackEveryTensorOfEveryFamily) {
  for (const Family& family : families()) {
    for (const std::string_view type : {"F32", "F16", "BF16"}) {
      SCOPED_TRACE(fmt::format("{} {} {}", family.architecture, family.more, type));
      HfTestFolder folder, back;
      put(folder, family);
      const Result<Bytes> gguf = gguf_of(folder, type);
      ASSERT_TRUE(gguf) << gguf.error().text;
      SafetensorsOptions options;
      options.dtype = SafetensorsType::BF16;
      const Result<Files> files = folder_of(*gguf, options);
      ASSERT_TRUE(files) << files.error().text;
      put_all(back, *files);
      const SafetensorsSet set = SafetensorsSet::open(back.fs(), back.path()).value();
      EXPECT_EQ(set.tensors().size(), family.tensors.size());
      for (const TestTensor& tensor : family.tensors) {
        EXPECT_EQ(set.find(tensor.name)->tensor.shape, tensor.shape);
        EXPECT_TRUE(data_of(set, tensor.name) == bf16_values(tensor)) << tensor.name;
      }
    }
  }
}

TEST(GgufModel, SaysInConfigJsonWhatWasThere) {
  for (const Family& family : families()) {
    SCOPED_TRACE(family.architecture + family.more);
    HfTestFolder folder;
    put(folder, family);
    const Json was =
        Json::parse(*os::read_file(folder.fs(), folder.path() / "config.json", 1 << 20));
    const Result<Files> files = folder_of(gguf_of(folder, "F16").value());
    ASSERT_TRUE(files) << files.error().text;
    const Json is = json_of(*files, "config.json");
    for (const auto& [name, value] : was.items()) {
      if (name == "architectures" && family.architecture == "MistralForCausalLM") {
        EXPECT_EQ(is[name][0], "LlamaForCausalLM");
      } else if (!value.is_null()) {
        EXPECT_EQ(is.value(name, Json()), value) << name;
      }
    }
    EXPECT_EQ(is["torch_dtype"], "float16");
    EXPECT_EQ(is["bos_token_id"], 1);
    EXPECT_TRUE(is.contains("model_type"));
  }
}

// Tensors, parameters and tokenizer, down to the last byte.
TEST(GgufModel, MakesTheSameFileAgain) {
  for (const Family& family : families()) {
    for (const std::string_view type : {"F32", "F16", "BF16"}) {
      SCOPED_TRACE(fmt::format("{} {} {}", family.architecture, family.more, type));
      HfTestFolder folder, back;
      put(folder, family);
      const Bytes gguf = gguf_of(folder, type).value();
      const Result<Files> files = folder_of(gguf);
      ASSERT_TRUE(files) << files.error().text;
      put_all(back, *files);
      const Result<Bytes> again = gguf_of(back, type);
      ASSERT_TRUE(again) << again.error().text;
      EXPECT_TRUE(*again == gguf);
    }
  }
}

TEST(GgufModel, KeepsTheTypeOfMostNumbersWithoutAnother) {
  HfTestFolder folder;
  put(folder, families()[0]);
  for (const auto& [type, want, name] : {std::tuple("F32", SafetensorsType::F32, "float32"),
                                         std::tuple("F16", SafetensorsType::F16, "float16"),
                                         std::tuple("BF16", SafetensorsType::BF16, "bfloat16"),
                                         std::tuple("Q8_0", SafetensorsType::F16, "float16")}) {
    const Result<Bytes> gguf = gguf_of(folder, type);
    if (!gguf && gguf.error().code == Code::Unsupported) continue;  // no quantiser in this build
    const Result<Files> files = folder_of(gguf.value());
    ASSERT_TRUE(files) << files.error().text;
    HfTestFolder back;
    put_all(back, *files);
    const SafetensorsSet set = SafetensorsSet::open(back.fs(), back.path()).value();
    for (const ShardTensor& each : set.tensors()) EXPECT_EQ(each.tensor.type, want) << type;
    EXPECT_EQ(json_of(*files, "config.json")["torch_dtype"], name);
  }
}

TEST(GgufModel, DequantisesEveryTypeOfFile) {
  HfTestFolder folder;
  std::vector<TestTensor> tensors = families()[0].tensors;
  put(folder, families()[0]);
  for (const std::string_view type : {"Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q4_K_M", "IQ4_NL"}) {
    const Result<Bytes> gguf = gguf_of(folder, type);
    if (!gguf && gguf.error().code == Code::Unsupported) GTEST_SKIP() << "no quantiser";
    SafetensorsOptions options;
    options.dtype = SafetensorsType::F32;
    const Result<Files> files = folder_of(gguf.value(), options);
    ASSERT_TRUE(files) << files.error().text;
    HfTestFolder back;
    put_all(back, *files);
    const SafetensorsSet set = SafetensorsSet::open(back.fs(), back.path()).value();
    for (const TestTensor& tensor : tensors) {
      const std::vector<float> values = floats_of(set, tensor.name);
      for (std::size_t i = 0; i < values.size(); ++i)
        ASSERT_NEAR(values[i], test_value(tensor.name, i), 0.07F) << type << tensor.name << i;
    }
  }
}

// --- MLX ---

struct Mlx {
  HfTestFolder folder;
  SafetensorsSet set;

  explicit Mlx(const Files& files) {
    put_all(folder, files);
    set = SafetensorsSet::open(folder.fs(), folder.path()).value();
  }
  std::vector<float> values(const std::string& path, MlxFormat format) const {
    const Bytes codes = data_of(set, path + ".weight");
    const std::vector<float> scales = floats_of(set, path + ".scales");
    std::vector<float> out(scales.size() * format.group);
    mlx_dequantise(codes, scales, floats_of(set, path + ".biases"), format, out);
    return out;
  }
};

SafetensorsOptions mlx_options(MlxFormat format) {
  SafetensorsOptions options;
  options.mlx = format;
  return options;
}

TEST(GgufModel, TakesBlocksOverWithoutLoss) {
  HfTestFolder folder;
  put(folder, families()[0]);
  for (const auto& [type, dtype] : {std::pair("Q4_0", DType::Q4_0), std::pair("Q4_1", DType::Q4_1),
                                    std::pair("Q5_0", DType::Q5_0), std::pair("Q5_1", DType::Q5_1),
                                    std::pair("Q8_0", DType::Q8_0)}) {
    const Result<Bytes> gguf = gguf_of(folder, type);
    if (!gguf && gguf.error().code == Code::Unsupported) GTEST_SKIP() << "no quantiser";
    const MlxFormat format = *mlx_format_of(dtype);
    const Mlx mlx(folder_of(*gguf, mlx_options(format)).value());
    SafetensorsOptions floats;
    floats.dtype = SafetensorsType::F32;
    const Mlx plain(folder_of(*gguf, floats).value());
    for (const std::string_view name :
         {"self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "mlp.up_proj"}) {
      const std::string path = fmt::format("model.layers.1.{}", name);
      EXPECT_EQ(mlx.values(path, format), floats_of(plain.set, path + ".weight")) << type << path;
      EXPECT_EQ(mlx.set.find(path + ".scales")->tensor.type, SafetensorsType::F16);
    }
    EXPECT_EQ(mlx.set.find("model.norm.weight")->tensor.type, SafetensorsType::F16);
  }
}

TEST(GgufModel, QuantisesOtherwiseWhatTheValuesAre) {
  HfTestFolder folder;
  put(folder, families()[0]);
  for (const std::string_view type : {"F16", "Q8_0"}) {
    const Result<Bytes> gguf = gguf_of(folder, type);
    if (!gguf && gguf.error().code == Code::Unsupported) continue;
    const MlxFormat format{.bits = 4, .group = 32};
    const Mlx mlx(folder_of(*gguf, mlx_options(format)).value());
    SafetensorsOptions floats;
    floats.dtype = SafetensorsType::F32;
    HfTestFolder plain;
    put_all(plain, folder_of(*gguf, floats).value());
    MapSink sink;
    NoProgress progress;
    const HfFolder source = HfFolder::open(plain.fs(), plain.path()).value();
    ASSERT_TRUE(write_safetensors(source, mlx_options(format), sink, progress, {}));
    const Mlx want(sink.files);
    const std::string name = "model.layers.1.self_attn.q_proj.weight";
    EXPECT_EQ(data_of(mlx.set, name), data_of(want.set, name));
  }
}

TEST(GgufModel, RefusesBlocksWhoseBiasesPassF16) {
  HfTestFolder folder;
  put(folder, families()[0]);
  const Result<Bytes> made = gguf_of(folder, "Q8_0");
  if (!made && made.error().code == Code::Unsupported) GTEST_SKIP() << "no quantiser";
  const Gguf gguf = read_gguf(MemorySource(*made)).value();
  const std::uint64_t at = gguf.find_tensor("blk.1.ffn_up.weight")->offset + 34 * (2 * 5 + 1);
  for (const auto& [high, text] :
       {std::pair(0x60, "F16 cannot hold -65536"), std::pair(0x7C, "inf cannot be quantised")}) {
    Bytes file = *made;
    file[at] = 0;
    file[at + 1] = static_cast<std::uint8_t>(high);
    const Result<Files> done = folder_of(file, mlx_options({.bits = 8, .group = 32}));
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, Code::Corrupt);
    EXPECT_THAT(done.error().text,
                HasSubstr("\"model.layers.1.mlp.up_proj.weight\", row 5, column 32"));
    EXPECT_THAT(done.error().text, HasSubstr(text));
  }
}

TEST(GgufModel, GivesTheSameBytesWithAnyNumberOfThreads) {
  HfTestFolder folder;
  put(folder, families()[0]);
  for (const std::string_view type : {"F16", "Q4_0"}) {
    const Result<Bytes> gguf = gguf_of(folder, type);
    if (!gguf && gguf.error().code == Code::Unsupported) continue;
    for (const std::optional<MlxFormat> mlx :
         {std::optional<MlxFormat>(), std::optional(MlxFormat{.bits = 4, .group = 32})}) {
      SafetensorsOptions options;
      options.mlx = mlx;
      options.threads = 1;
      const Files one = folder_of(*gguf, options).value();
      options.threads = 7;
      EXPECT_TRUE(folder_of(*gguf, options).value() == one);
    }
  }
}

// --- what is refused ---

struct Change {
  std::string what;
  std::function<void(GgufWriter&)> keys;
  std::string without;  // a tensor
  std::function<void(GgufWriter&)> tensors;
  Code code;
  std::string text;
};

// The first Llama's file with one thing changed: its metadata and tensors, no data.
Bytes changed(const Bytes& file, const Change& change) {
  const Gguf gguf = read_gguf(MemorySource(file)).value();
  GgufWriter writer, own;
  if (change.keys) change.keys(own);
  const Bytes extra = zero_file(own);
  const Gguf replaced = read_gguf(MemorySource(extra)).value();
  for (const GgufValue& value : gguf.values()) {
    if (replaced.find(value.key) != nullptr || value.key == change.without) continue;
    writer.set_copy(value, ByteView(file).subspan(value.offset, value.bytes));
  }
  for (const GgufValue& value : replaced.values())
    writer.set_copy(value, ByteView(extra).subspan(value.offset, value.bytes));
  for (const GgufTensor& tensor : gguf.tensors())
    if (tensor.name != change.without)
      writer.add_tensor(tensor.name, tensor.type, tensor.used_shape());
  if (change.tensors) change.tensors(writer);
  return zero_file(writer);
}

// Changes of one key each, and a tensor more.
using Set = std::function<void(GgufWriter&)>;
Set text(std::string key, std::string value) {
  return [=](GgufWriter& w) { w.set_text(key, value); };
}
Set number(std::string key, std::uint32_t value) {
  return [=](GgufWriter& w) { w.set_u32(key, value); };
}
Set real(std::string key, float value) {
  return [=](GgufWriter& w) { w.set_f32(key, value); };
}
Set tensor(std::string name, DType type, std::vector<std::uint64_t> shape) {
  return [=](GgufWriter& w) { w.add_tensor(name, type, shape); };
}

void expect_refused(const std::vector<Change>& changes) {
  HfTestFolder folder;
  folder.put_model(test_config("LlamaForCausalLM", 2), llama_tensors(2));
  const Bytes file = gguf_of(folder, "F16").value();
  ASSERT_TRUE(folder_of(changed(file, {})));
  for (const Change& each : changes) {
    const Result<Files> done = folder_of(changed(file, each));
    ASSERT_FALSE(done) << each.what;
    EXPECT_EQ(done.error().code, each.code) << each.what << ": " << done.error().text;
    EXPECT_THAT(done.error().text, HasSubstr(each.text)) << each.what;
  }
}

TEST(GgufModel, RefusesParametersByTheirKey) {
  expect_refused({{"a key is missing",
                   {},
                   "llama.attention.head_count",
                   {},
                   Code::Corrupt,
                   "\"llama.attention.head_count\": is missing"},
                  {"a partial rotation",
                   number("llama.rope.dimension_count", 8),
                   {},
                   {},
                   Code::Unsupported,
                   "\"llama.rope.dimension_count\": a config.json"},
                  {"values of another length",
                   number("llama.attention.value_length", 32),
                   {},
                   {},
                   Code::Unsupported,
                   "\"llama.attention.value_length\""},
                  {"an unknown parameter",
                   real("llama.logit_scale", 2),
                   {},
                   {},
                   Code::Unsupported,
                   "\"llama.logit_scale\""},
                  {"experts",
                   number("llama.expert_count", 8),
                   {},
                   {},
                   Code::Unsupported,
                   "\"llama.expert_count\""},
                  {"another scaling",
                   text("llama.rope.scaling.type", "longrope"),
                   {},
                   {},
                   Code::Unsupported,
                   "\"llama.rope.scaling.type\""},
                  {"no epsilon",
                   real("llama.attention.layer_norm_rms_epsilon", 0),
                   {},
                   {},
                   Code::Corrupt,
                   "\"llama.attention.layer_norm_rms_epsilon\""}});
}

TEST(GgufModel, RefusesTensorsByTheirName) {
  const std::string q = "blk.1.attn_q.weight";
  expect_refused(
      {{"a tensor is missing", {}, q, {}, Code::Corrupt, "\"blk.1.attn_q.weight\" is missing"},
       {"a tensor too many",
        {},
        {},
        tensor("blk.1.attn_extra.weight", DType::F32, {4}),
        Code::Unsupported,
        "\"blk.1.attn_extra.weight\" has no place"},
       {"a tensor of a third layer",
        {},
        {},
        tensor("blk.2.attn_norm.weight", DType::F32, {64}),
        Code::Unsupported,
        "\"blk.2.attn_norm.weight\" has no place"},
       {"another shape",
        {},
        q,
        tensor(q, DType::F16, {64, 32}),
        Code::Corrupt,
        "tensor \"blk.1.attn_q.weight\": its shape is [64, 32], the metadata says [64, 64]"},
       {"a matrix of three dimensions",
        {},
        q,
        tensor(q, DType::F16, {64, 64, 1}),
        Code::Corrupt,
        "its shape is [64, 64, 1]"},
       {"numbers of another kind",
        {},
        q,
        tensor(q, DType::I32, {64, 64}),
        Code::Unsupported,
        "tensor \"blk.1.attn_q.weight\": "},
       {"biases of some",
        {},
        {},
        tensor("blk.0.attn_q.bias", DType::F32, {64}),
        Code::Unsupported,
        "1 of 8 tensors \"blk.N.attn_"},
       {"other rotary factors",
        {},
        {},
        tensor("rope_freqs.weight", DType::F32, {8}),
        Code::Unsupported,
        "rotary factors"},
       {"rotary factors in halves",
        {},
        {},
        tensor("rope_freqs.weight", DType::F16, {8}),
        Code::Corrupt,
        "\"rope_freqs.weight\""}});
}

TEST(GgufModel, RefusesTokenizersByTheirKey) {
  const Set fewer_tokens = [](GgufWriter& w) {
    w.set_texts("tokenizer.ggml.tokens", std::vector<std::string>{"<unk>", "a"});
    w.set_f32s("tokenizer.ggml.scores", std::vector<float>{0, 1});
    w.set_i32s("tokenizer.ggml.token_type", std::vector<std::int32_t>{2, 1});
    w.set_u32("tokenizer.ggml.bos_token_id", 0);
    w.set_u32("tokenizer.ggml.eos_token_id", 0);
  };
  expect_refused({{"tokens for some rows",
                   fewer_tokens,
                   {},
                   {},
                   Code::Corrupt,
                   "the vocabulary has 2 tokens, the embedding 300 rows"},
                  {"another tokenizer",
                   text("tokenizer.ggml.model", "t5"),
                   {},
                   {},
                   Code::Unsupported,
                   "tokenizer \"t5\""},
                  {"another way to cut",
                   text("tokenizer.ggml.pre", "deepseek-llm"),
                   {},
                   {},
                   Code::Unsupported,
                   "tokenizer.ggml.pre is \"deepseek-llm\""},
                  {"no scores",
                   {},
                   "tokenizer.ggml.scores",
                   {},
                   Code::Corrupt,
                   "\"tokenizer.ggml.scores\" is missing"},
                  {"no types",
                   {},
                   "tokenizer.ggml.token_type",
                   {},
                   Code::Corrupt,
                   "\"tokenizer.ggml.token_type\" is missing"},
                  {"a number for a flag",
                   number("tokenizer.ggml.add_bos_token", 1),
                   {},
                   {},
                   Code::Corrupt,
                   "\"tokenizer.ggml.add_bos_token\": expected true or false"}});
}

TEST(GgufModel, RefusesOtherArchitectures) {
  for (const std::string_view name : {"gemma4", "qwen2moe", "phi3"}) {
    GgufWriter writer;
    writer.set_text("general.architecture", name);
    for (const std::string_view key : {"context_length", "embedding_length", "block_count"})
      writer.set_u32(fmt::format("{}.{}", name, key), 64);
    writer.set_text("tokenizer.ggml.model", "llama");
    writer.add_tensor("token_embd.weight", DType::F32, std::vector<std::uint64_t>{64, 10});
    const Result<Files> done = folder_of(zero_file(writer));
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, Code::Unsupported);
    EXPECT_THAT(done.error().text, HasSubstr(fmt::format("\"{}\"", name)));
  }
}

TEST(GgufModel, LetsKeysThatSayNothingPass) {
  HfTestFolder folder;
  folder.put_model(test_config("LlamaForCausalLM", 1), llama_tensors(1));
  const Bytes file = gguf_of(folder, "F16").value();
  Change change;
  change.keys = [](GgufWriter& w) {
    w.set_u32("llama.expert_count", 0);
    w.set_text("llama.rope.scaling.type", "none");
    w.set_u32s("llama.attention.head_count_kv", std::vector<std::uint32_t>{kTestKvHeads});
    w.set_u64("llama.feed_forward_length", kTestFeedForward);
    w.set_u32("tokenizer.ggml.padding_token_id", 0xFFFF'FFFF);
  };
  const Result<Files> done = folder_of(changed(file, change));
  ASSERT_TRUE(done) << done.error().text;
  EXPECT_FALSE(json_of(*done, "config.json").contains("pad_token_id"));
}

}  // namespace
}  // namespace tegula::tensor

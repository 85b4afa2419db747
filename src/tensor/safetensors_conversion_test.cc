#include "tensor/safetensors_conversion.h"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "codec/json.h"
#include "tensor/hf_folder.h"
#include "tensor/hf_test_model.h"
#include "tensor/map_sink.h"
#include "tensor/quantise.h"

namespace tegula::tensor {
namespace {

using ::testing::HasSubstr;

using Files = std::map<std::string, Bytes, std::less<>>;

Result<Files> convert(HfTestFolder& folder, const SafetensorsOptions& options) {
  MapSink sink;
  NoProgress progress;
  const HfFolder source = TRY(HfFolder::open(folder.fs(), folder.path()));
  TRY(write_safetensors(source, options, sink, progress, {}));
  return std::move(sink.files);
}

// The converted files as a folder of their own, read by the strict reader.
struct Converted {
  HfTestFolder folder;
  std::optional<SafetensorsSet> set;

  explicit Converted(const Result<Files>& files) {
    EXPECT_TRUE(files) << files.error().text;
    if (!files) return;
    for (const auto& [name, bytes] : *files) folder.put(name, bytes);
    Result<SafetensorsSet> opened = SafetensorsSet::open(folder.fs(), folder.path());
    EXPECT_TRUE(opened) << opened.error().text;
    if (opened) set = std::move(*opened);
  }
  Bytes data(std::string_view name) const {
    const ShardTensor* tensor = set->find(name);
    EXPECT_NE(tensor, nullptr) << name;
    Bytes out(tensor->tensor.bytes);
    EXPECT_TRUE(set->read(*tensor, 0, out));
    return out;
  }
  std::vector<float> floats(std::string_view name) const {
    std::vector<float> out(*element_count(set->find(name)->tensor.shape));
    EXPECT_TRUE(dequantise(*dtype_of(set->find(name)->tensor.type), data(name), out));
    return out;
  }
  codec::Json json(std::string_view name) {
    return *codec::parse_json(*os::read_file(folder.fs(), folder.path() / name, 1 << 20));
  }
};

void put_llama(HfTestFolder& folder) {
  folder.put_model(test_config("LlamaForCausalLM", 2), llama_tensors(2));
}

TEST(SafetensorsConversion, KeepsATypeByteByByte) {
  HfTestFolder folder;
  put_llama(folder);
  const Result<Files> files = convert(folder, {});
  ASSERT_TRUE(files) << files.error().text;
  const Converted converted(files);
  EXPECT_EQ(converted.set->tensors().size(), llama_tensors(2).size());
  EXPECT_EQ(converted.floats("model.norm.weight")[3], test_value("model.norm.weight", 3));
  EXPECT_TRUE(files->contains("tokenizer.model"));
  EXPECT_FALSE(files->contains("model.safetensors.index.json"));
}

TEST(SafetensorsConversion, ChangesTheTypeOfFloats) {
  HfTestFolder folder;
  put_llama(folder);
  SafetensorsOptions options;
  options.dtype = SafetensorsType::F16;
  Converted converted(convert(folder, options));
  for (const ShardTensor& each : converted.set->tensors())
    EXPECT_EQ(each.tensor.type, SafetensorsType::F16);
  const std::string name = "model.layers.1.mlp.up_proj.weight";
  const std::vector<float> values = converted.floats(name);
  for (std::size_t i = 0; i < values.size(); ++i) ASSERT_EQ(values[i], test_value(name, i));
  EXPECT_EQ(converted.json("config.json")["torch_dtype"], "float16");
}

TEST(SafetensorsConversion, SplitsIntoShards) {
  HfTestFolder folder;
  put_llama(folder);
  SafetensorsOptions options;
  options.shard_bytes = 50'000;
  const Result<Files> files = convert(folder, options);
  const Converted converted(files);
  EXPECT_GT(converted.set->shards().size(), 2U);
  EXPECT_EQ(converted.set->tensors().size(), llama_tensors(2).size());
  for (const auto& [name, bytes] : *files) EXPECT_LT(bytes.size(), 55'000U) << name;
}

// An independent reading of MLX's form, from its description.
float dequantised(const Converted& mlx, const std::string& path, std::uint64_t row,
                  std::uint64_t column, std::uint64_t in, MlxFormat format) {
  const Bytes codes = mlx.data(path + ".weight");
  const std::uint64_t bit = (row * in + column) * format.bits;
  std::uint32_t code = 0;
  for (std::uint32_t i = 0; i < format.bits; ++i)
    code |= static_cast<std::uint32_t>((codes[(bit + i) / 8] >> ((bit + i) % 8)) & 1) << i;
  const std::uint64_t group = row * (in / format.group) + column / format.group;
  return mlx.floats(path + ".scales")[group] * static_cast<float>(code) +
         mlx.floats(path + ".biases")[group];
}

TEST(SafetensorsConversion, QuantisesForMlx) {
  HfTestFolder folder;
  put_llama(folder);
  SafetensorsOptions options;
  options.mlx = MlxFormat{4, 32};
  Converted mlx(convert(folder, options));
  const std::string path = "model.layers.0.mlp.down_proj";  // 64 rows of 96
  EXPECT_EQ(mlx.set->find(path + ".weight")->tensor.shape, (std::vector<std::uint64_t>{64, 12}));
  EXPECT_EQ(mlx.set->find(path + ".weight")->tensor.type, SafetensorsType::U32);
  EXPECT_EQ(mlx.set->find(path + ".scales")->tensor.shape, (std::vector<std::uint64_t>{64, 3}));
  EXPECT_EQ(mlx.set->find(path + ".biases")->tensor.type, SafetensorsType::BF16);
  for (const std::uint64_t row : {0U, 1U, 63U}) {
    for (std::uint64_t column = 0; column < 96; ++column) {
      const float want = test_value(path + ".weight", row * 96 + column);
      // One step of 16 over values from -0.5 to 0.5: half of it, and as much again at the end that
      // gives way for zero to be exact.
      EXPECT_NEAR(dequantised(mlx, path, row, column, 96, *options.mlx), want, 0.07F);
    }
  }
  EXPECT_EQ(mlx.set->find("model.norm.weight")->tensor.type, SafetensorsType::BF16);
  EXPECT_EQ(mlx.set->metadata().at("format"), "mlx");
  const codec::Json config = mlx.json("config.json");
  EXPECT_EQ(config["quantization"].dump(), R"({"bits":4,"group_size":32,"mode":"affine"})");
  EXPECT_EQ(config["quantization_config"], config["quantization"]);
  EXPECT_EQ(config["hidden_size"], kTestHidden);
}

TEST(SafetensorsConversion, LeavesRowsThatAreNoWholeGroups) {
  HfTestFolder folder;
  put_llama(folder);
  SafetensorsOptions options;
  options.mlx = MlxFormat{4, 64};
  const Converted mlx(convert(folder, options));
  EXPECT_EQ(mlx.set->find("model.layers.0.mlp.down_proj.weight")->tensor.type,
            SafetensorsType::BF16);
  EXPECT_EQ(mlx.set->find("model.layers.0.mlp.down_proj.scales"), nullptr);
  EXPECT_NE(mlx.set->find("model.layers.0.mlp.up_proj.scales"), nullptr);
}

TEST(SafetensorsConversion, GivesTheSameBytesWithAnyNumberOfThreads) {
  HfTestFolder folder;
  put_llama(folder);
  for (const bool quantised : {false, true}) {
    SafetensorsOptions options;
    options.threads = 1;
    if (quantised) options.mlx = MlxFormat{3, 32};
    if (!quantised) options.dtype = SafetensorsType::F32;
    const Result<Files> one = convert(folder, options);
    ASSERT_TRUE(one) << one.error().text;
    options.threads = 7;
    EXPECT_EQ(convert(folder, options).value(), *one);
  }
}

TEST(SafetensorsConversion, RefusesByName) {
  HfTestFolder folder;
  SafetensorsOptions options;
  options.mlx = MlxFormat{4, 64};
  folder.put_model(test_config("MambaForCausalLM", 1), llama_tensors(1));
  EXPECT_THAT(convert(folder, options).error().text, HasSubstr("\"MambaForCausalLM\""));
  options.mlx = MlxFormat{7, 64};
  EXPECT_THAT(convert(folder, options).error().text, HasSubstr("7 bits"));
  options.mlx.reset();
  EXPECT_TRUE(convert(folder, options));  // floats need no architecture
}

TEST(SafetensorsConversion, ForMlxEveryTensorHasItsPlace) {
  struct Case {
    std::vector<TestTensor> tensors;
    Code code;
    std::string text;
  };
  std::vector<TestTensor> extra = llama_tensors(1), missing = llama_tensors(1),
                          wrong = llama_tensors(1);
  extra.push_back({"model.layers.0.mlp.gate_proj.scales", {kTestFeedForward, 2}});
  missing.pop_back();
  wrong[0].shape = {kTestVocabulary + 1, kTestHidden};
  for (const Case& each : std::vector<Case>{
           {extra, Code::Unsupported,
            "\"model.layers.0.mlp.gate_proj.scales\" has no place in a model of \"llama\""},
           {missing, Code::Corrupt, "\"model.layers.0.mlp.down_proj.weight\" is missing"},
           {wrong, Code::Corrupt, "\"model.embed_tokens.weight\": its shape is [301, 64]"}}) {
    HfTestFolder folder;
    folder.put_model(test_config("LlamaForCausalLM", 1), each.tensors);
    SafetensorsOptions options;
    options.mlx = MlxFormat{4, 32};
    const Result<Files> done = convert(folder, options);
    ASSERT_FALSE(done) << each.text;
    EXPECT_EQ(done.error().code, each.code) << each.text;
    EXPECT_THAT(done.error().text, HasSubstr(each.text));
  }
}

// Rows of an odd number of small elements end within a byte.
TEST(SafetensorsConversion, CopiesRowsThatAreNoWholeBytes) {
  SafetensorsWriter writer;
  for (const auto& [name, rows] : {std::pair("few", 40U), std::pair("many", 50'000U)})
    writer.add_tensor(name, SafetensorsType::F4, std::vector<std::uint64_t>{rows, 3});
  Bytes file = zero_file(writer);
  for (std::size_t i = writer.header().size(); i < file.size(); ++i)
    file[i] = static_cast<std::uint8_t>(i % 251);
  HfTestFolder folder;
  folder.put("config.json", bytes_of("{}"));
  folder.put("model.safetensors", file);
  const Converted converted(convert(folder, {}));
  const Result<SafetensorsSet> set = SafetensorsSet::open(folder.fs(), folder.path());
  for (const ShardTensor& each : set->tensors()) {
    Bytes want(each.tensor.bytes);
    ASSERT_TRUE(set->read(each, 0, want));
    EXPECT_EQ(converted.data(each.tensor.name), want) << each.tensor.name;
  }
}

// Two weights whose distance no float holds.
TEST(SafetensorsConversion, NamesTheGroupThatMlxCannotHold) {
  HfTestFolder folder;
  put_llama(folder);
  const Result<SafetensorsSet> set = SafetensorsSet::open(folder.fs(), folder.path());
  const SafetensorsTensor& lm_head = set->find("lm_head.weight")->tensor;
  Bytes file = bf16_file(llama_tensors(2));
  const std::size_t at = lm_head.offset + 2 * (64 * 5 + 32);
  for (const auto& [offset, byte] :
       {std::pair(0, 0x7F), std::pair(1, 0x7F), std::pair(2, 0x7F), std::pair(3, 0xFF)})
    file[at + static_cast<std::size_t>(offset)] = static_cast<std::uint8_t>(byte);
  folder.put("model.safetensors", file);
  SafetensorsOptions options;
  options.mlx = MlxFormat{4, 32};
  const Result<Files> done = convert(folder, options);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Code::Corrupt);
  EXPECT_THAT(done.error().text, HasSubstr("\"lm_head.weight\", row 5, column 32: the weights"));
}

TEST(SafetensorsConversion, NamesTheWeightThatF16CannotHold) {
  HfTestFolder folder;
  put_llama(folder);
  const Result<SafetensorsSet> set = SafetensorsSet::open(folder.fs(), folder.path());
  const SafetensorsTensor& lm_head = set->find("lm_head.weight")->tensor;
  Bytes file = bf16_file(llama_tensors(2));
  file[lm_head.offset + 2 * (64 * 5 + 9)] = 0x80;  // 65536
  file[lm_head.offset + 2 * (64 * 5 + 9) + 1] = 0x47;
  folder.put("model.safetensors", file);
  SafetensorsOptions options;
  options.dtype = SafetensorsType::F16;
  const Result<Files> done = convert(folder, options);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Code::Corrupt);
  EXPECT_THAT(done.error().text,
              HasSubstr("\"lm_head.weight\", row 5, column 9: F16 cannot hold 65536"));
  options.dtype = SafetensorsType::F32;
  EXPECT_TRUE(convert(folder, options));
}

TEST(SafetensorsConversion, NamesTheWeightThatIsNotFinite) {
  HfTestFolder folder;
  put_llama(folder);
  const Result<SafetensorsSet> set = SafetensorsSet::open(folder.fs(), folder.path());
  const SafetensorsTensor& lm_head = set->find("lm_head.weight")->tensor;
  Bytes file = bf16_file(llama_tensors(2));
  file[lm_head.offset + 2 * (64 * 5 + 9)] = 0x80;  // an infinity
  file[lm_head.offset + 2 * (64 * 5 + 9) + 1] = 0x7F;
  folder.put("model.safetensors", file);
  SafetensorsOptions options;
  options.mlx = MlxFormat{4, 64};
  const Result<Files> done = convert(folder, options);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Code::Corrupt);
  EXPECT_THAT(done.error().text, HasSubstr("\"lm_head.weight\", row 5, column 9"));
}

}  // namespace
}  // namespace tegula::tensor

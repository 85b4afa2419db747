#include "tensor/model_folder.h"

#include <gtest/gtest.h>

#include "tensor/hf_test_model.h"

namespace tegula::tensor {
namespace {

TEST(ModelFolder, SaysWhichFilesAreTheModel) {
  HfTestFolder folder;
  EXPECT_FALSE(is_model_folder(folder.fs(), folder.path()).value());
  folder.put_model(test_config("LlamaForCausalLM", 1), llama_tensors(1));
  folder.put("README.md", bytes_of("not the model"));
  folder.put("LICENSE", bytes_of("MIT"));
  EXPECT_TRUE(is_model_folder(folder.fs(), folder.path()).value());
  const ModelFolder found = read_model_folder(folder.fs(), folder.path()).value();
  EXPECT_EQ(found.configs,
            (std::vector<std::string>{"config.json", "tokenizer.model", "tokenizer_config.json"}));
  EXPECT_EQ(found.weights, std::vector<std::string>{"model.safetensors"});
  EXPECT_EQ(found.docs, std::vector<std::string>{"LICENSE"});
  EXPECT_EQ(found.main, "model.safetensors");
  EXPECT_FALSE(found.mlx);
  EXPECT_EQ(found.info.architecture, "llama");
  EXPECT_EQ(found.info.quantization, "BF16");
  EXPECT_EQ(found.info.context_length, 128U);
  std::uint64_t parameters = 0;
  for (const TestTensor& tensor : llama_tensors(1))
    parameters += element_count(tensor.shape).value();
  EXPECT_EQ(found.info.parameters, parameters);
}

TEST(ModelFolder, CountsPackedWeightsAsWhatTheyStandFor) {
  HfTestFolder folder;
  SafetensorsWriter writer;
  writer.add_tensor("a.weight", SafetensorsType::U32, {{8, 8}});  // 8 rows of 64 four-bit codes
  writer.add_tensor("a.scales", SafetensorsType::BF16, {{8, 1}});
  writer.add_tensor("a.biases", SafetensorsType::BF16, {{8, 1}});
  folder.put("model.safetensors", zero_file(writer));
  folder.put("config.json", bytes_of(R"({"model_type":"new","quantization":{"bits":4,)"
                                     R"("group_size":64}})"));
  const ModelFolder found = read_model_folder(folder.fs(), folder.path()).value();
  ASSERT_TRUE(found.mlx);
  EXPECT_EQ(*found.mlx, (MlxFormat{4, 64}));
  EXPECT_EQ(found.info.parameters, 512U);
  EXPECT_EQ(found.info.quantization, "4-bit");
  EXPECT_EQ(found.info.architecture, "new");
}

TEST(ModelFolder, RefusesBadOnes) {
  HfTestFolder folder;
  folder.put_model(test_config("LlamaForCausalLM", 1), llama_tensors(1));
  const auto refusal = [&](std::string_view config) {
    folder.put("config.json", bytes_of(config));
    return read_model_folder(folder.fs(), folder.path()).error();
  };
  EXPECT_EQ(refusal("{").code, Code::Corrupt);
  EXPECT_EQ(refusal("[]").text, "\"config.json\": expected an object");
  EXPECT_TRUE(refusal(R"({"quantization":{"bits":9,"group_size":64}})").text.contains("9"));
  EXPECT_TRUE(refusal(R"({"quantization":4})").text.starts_with("\"config.json\": "));
}

}  // namespace
}  // namespace tegula::tensor

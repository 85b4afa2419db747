#include "tensor/file_type.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tegula::tensor {
namespace {

using ::testing::HasSubstr;
using Shape = std::vector<std::uint64_t>;

TEST(FileType, IsFoundInAnyCase) {
  EXPECT_EQ(parse_file_type("q4_k_m")->number, 15U);
  EXPECT_EQ(parse_file_type("IQ2_xxs")->type, DType::IQ2_XXS);
  const Result<FileType> unknown = parse_file_type("Q4_K_XL");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, Code::Unsupported);
  EXPECT_THAT(unknown.error().hint, HasSubstr("Q4_K_M, Q5_K_S"));
  EXPECT_EQ(file_type_name(7), "Q8_0");
  EXPECT_EQ(file_type_name(4), "");
}

MixModel model_of(std::uint64_t layers) {
  MixModel model;
  model.architecture = "llama";
  model.layers = model.values = layers;
  return model;
}

// The types of one tensor of each layer, as "Q6_K Q4_K …".
std::string types(std::string_view file_type, std::string_view tensor, MixModel model,
                  std::uint64_t row = 256) {
  TypeMix mix(*parse_file_type(file_type), model);
  std::string out;
  for (std::uint64_t i = 0; i < model.layers; ++i) {
    if (i > 0) out += " ";
    out += dtype_name(mix.next(fmt::format("blk.{}.{}.weight", i, tensor), Shape{row, 4}));
  }
  return out;
}

DType type_of(std::string_view file_type, std::string_view tensor, const Shape& shape,
              bool tied = false) {
  MixModel model = model_of(8);
  model.tied = tied;
  return TypeMix(*parse_file_type(file_type), model).next(tensor, shape);
}

TEST(TypeMix, GivesMoreBitsToTheFirstLastAndEveryThirdLayer) {
  EXPECT_EQ(types("Q4_K_M", "ffn_down", model_of(8)), "Q6_K Q4_K Q4_K Q6_K Q4_K Q4_K Q6_K Q6_K");
  EXPECT_EQ(types("Q4_K_M", "attn_v", model_of(8)), "Q6_K Q4_K Q4_K Q6_K Q4_K Q4_K Q6_K Q6_K");
  EXPECT_EQ(types("Q4_K_M", "attn_k", model_of(2)), "Q4_K Q4_K");
  EXPECT_EQ(types("Q4_K_S", "attn_v", model_of(6)), "Q5_K Q5_K Q5_K Q5_K Q4_K Q4_K");
  EXPECT_EQ(types("Q3_K_M", "attn_v", model_of(3)), "Q5_K Q5_K Q4_K");
}

TEST(TypeMix, TreatsTheOutputApart) {
  EXPECT_EQ(type_of("Q4_0", "output.weight", {256, 9}), DType::Q6_K);
  EXPECT_EQ(type_of("Q4_0", "token_embd.weight", {256, 9}), DType::Q4_0);
  EXPECT_EQ(type_of("Q4_0", "token_embd.weight", {256, 9}, true), DType::Q6_K);
  EXPECT_EQ(type_of("Q8_0", "output.weight", {256, 9}), DType::Q8_0);
  EXPECT_EQ(type_of("IQ1_S", "output.weight", {256, 9}), DType::Q5_K);
  EXPECT_EQ(type_of("IQ1_S", "token_embd.weight", {256, 9}), DType::Q2_K);
  EXPECT_EQ(type_of("F16", "output.weight", {256, 9}), DType::F16);
}

TEST(TypeMix, KeepsVectorsAndNormsAsFloats) {
  for (const std::string_view file_type : {"F16", "Q4_K_M", "IQ4_XS"}) {
    EXPECT_EQ(type_of(file_type, "blk.0.attn_norm.weight", {256}), DType::F32);
    EXPECT_EQ(type_of(file_type, "blk.0.attn_q.bias", {256}), DType::F32);
    EXPECT_EQ(type_of(file_type, "per_layer_model_proj.weight", {256, 8}), DType::F16);
  }
}

TEST(TypeMix, TakesANarrowerBlockWhereRowsAreNoWholeOnes) {
  EXPECT_EQ(types("Q4_K_S", "attn_k", model_of(1), 96), "Q5_0");
  EXPECT_EQ(types("Q6_K", "attn_k", model_of(1), 96), "Q8_0");
  EXPECT_EQ(types("IQ3_S", "attn_k", model_of(1), 96), "IQ4_NL");
  EXPECT_EQ(types("Q4_0", "attn_k", model_of(1), 40), "F16");
  EXPECT_EQ(type_of("Q4_K_M", "output.weight", {96, 9}), DType::Q8_0);
}

TEST(TypeMix, DependsOnImportanceAndGroupedHeads) {
  MixModel model = model_of(8);
  EXPECT_EQ(types("Q4_0", "ffn_down", model), "Q4_0 Q4_0 Q4_0 Q4_0 Q4_0 Q4_0 Q4_0 Q4_0");
  model.importance = true;
  EXPECT_EQ(types("Q4_0", "ffn_down", model), "Q4_1 Q4_0 Q4_0 Q4_0 Q4_0 Q4_0 Q4_0 Q4_0");
  EXPECT_EQ(types("IQ3_XXS", "attn_v", model_of(1)), "IQ3_S");
  model = model_of(1);
  model.heads_per_kv = 4;
  EXPECT_EQ(types("IQ4_XS", "attn_v", model), "Q5_K");
}

// Every file type gives every tensor a type whose blocks fit, whatever the row.
TEST(TypeMix, AlwaysFits) {
  for (const FileType& file_type : file_types()) {
    for (const std::uint64_t row : {1U, 32U, 96U, 256U, 320U, 512U}) {
      for (const std::string_view name :
           {"token_embd.weight", "output.weight", "blk.0.attn_v.weight", "blk.0.attn_q.weight",
            "blk.0.ffn_down.weight", "blk.0.ffn_gate.weight", "blk.0.attn_output.weight"}) {
        const DType type = type_of(file_type.name, name, {row, 3});
        EXPECT_TRUE(row_bytes(type, row)) << file_type.name << " " << name << " " << row;
      }
    }
  }
}

}  // namespace
}  // namespace tegula::tensor

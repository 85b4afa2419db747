// Targets of a small safetensors model, through the whole build.
#include "build/conversion.h"

#include <gtest/gtest.h>

#include "build/sample_build_test.h"
#include "content/annotation.h"
#include "tensor/hf_test_model.h"
#include "tensor/quantise.h"

namespace tegula::build {
namespace {

class Conversion : public ::testing::Test {
 protected:
  Conversion() {
    model_.put_model(tensor::test_config("LlamaForCausalLM", 2), tensor::llama_tensors(2));
  }

  Result<BuildResult> build_text(std::string_view text, const std::string& name = "m") {
    return build(sample_request(text, model_.path(), name), sample_context(disk_, model_.path()));
  }

  std::vector<std::string> files(const content::Digest& digest) { return files_of(disk_, digest); }

  std::string text(const content::Digest& digest, std::string_view path) {
    return text_of_layer(disk_, digest, path);
  }

  tensor::HfTestFolder model_;
  content::TemporaryStore disk_;
};

using Files = std::vector<std::string>;

TEST_F(Conversion, WithoutATargetTheFolderIsThePack) {
  const BuildResult built = build_text("FROM .\nSYSTEM hi\n").value();
  ASSERT_EQ(built.packs.size(), 1U);
  EXPECT_EQ(built.first().target, "safetensors");
  EXPECT_EQ(files(built.first().digest),
            (Files{"tegula.json", "config.json", "tokenizer.model", "tokenizer_config.json",
                   "model.safetensors", "Modelfile"}));
  EXPECT_EQ(text(built.first().digest, "Modelfile"), "FROM .\nSYSTEM hi\n");
  ASSERT_EQ(built.lock.inputs.size(), 5U);
  EXPECT_EQ(built.lock.inputs[1].name, "./config.json");
}

TEST_F(Conversion, OneModelfileGivesSeveralTargets) {
  if (!tensor::check_writable(tensor::DType::Q8_0)) GTEST_SKIP() << "no quantiser in this build";
  const BuildResult built =
      build_text(
          "FROM .\nTARGET gguf quant=q8_0\nTARGET mlx bits=4\nTARGET safetensors dtype=F16\n",
          "team/m:v1")
          .value();
  ASSERT_EQ(built.packs.size(), 4U);
  EXPECT_EQ(built.packs[0].name.str(), "team/m:v1");
  EXPECT_EQ(built.packs[0].digest, built.packs[1].digest);
  EXPECT_EQ(built.packs[1].name.str(), "team/m:v1-gguf-q8_0");
  EXPECT_EQ(built.packs[2].name.str(), "team/m:v1-mlx-4bit");
  EXPECT_EQ(built.packs[3].name.str(), "team/m:v1-safetensors-f16");
  EXPECT_EQ(files(built.packs[1].digest), (Files{"tegula.json", "model-q8_0.gguf", "Modelfile"}));
  EXPECT_EQ(files(built.packs[2].digest),
            (Files{"tegula.json", "config.json", "tokenizer.model", "tokenizer_config.json",
                   "model.safetensors.index.json", "model.safetensors", "Modelfile"}));
  EXPECT_EQ(built.lock.targets,
            (Files{"gguf quant=Q8_0", "mlx bits=4 group=64", "safetensors dtype=F16"}));
  EXPECT_EQ(built.lock.outputs.at("mlx bits=4 group=64"), built.packs[2].digest);
  const content::Manifest mlx = disk_.store.read_manifest(built.packs[2].digest).value();
  EXPECT_EQ(*content::find_annotation(mlx.annotations, content::annotation::kTarget), "mlx");
  for (const BuiltPack& pack : built.packs)
    EXPECT_EQ(disk_.store.resolve(pack.name).value(), pack.digest);
}

TEST_F(Conversion, TheSameAgainIsTheSame) {
  if (!tensor::check_writable(tensor::DType::Q8_0)) GTEST_SKIP() << "no quantiser in this build";
  const char* const modelfile = "FROM .\nTARGET gguf quant=Q4_0\nTARGET mlx bits=8 group=32\n";
  const BuildResult one = build_text(modelfile).value();
  const BuildResult two = build_text(modelfile).value();
  EXPECT_EQ(one.lock, two.lock);
  EXPECT_FALSE(two.first().changed);
}

TEST_F(Conversion, BuildsOnAPackOfSafetensors) {
  const content::Digest base = build_text("FROM .\nSYSTEM hi\n", "base")->first().digest;
  const BuildResult direct = build_text("FROM .\nTARGET gguf\nSYSTEM hi\n").value();
  const BuildResult built = build_text("FROM base\nTARGET gguf\n").value();
  EXPECT_EQ(built.lock.inputs[1].digest, base);
  EXPECT_EQ(files(built.first().digest), (Files{"tegula.json", "base-bf16.gguf", "Modelfile"}));
  const auto weights = [&](const BuildResult& of) { return of.first().layers[1].layer.digest; };
  EXPECT_EQ(weights(built), weights(direct));
}

TEST_F(Conversion, TakesAnotherNameForTheSameBlob) {
  const BuildResult made = build_text("FROM .\nTARGET gguf file=small.gguf\n", "made").value();
  EXPECT_EQ(files(made.first().digest), (Files{"tegula.json", "small.gguf", "Modelfile"}));
  const BuildResult again = build_text("FROM made\nTARGET gguf file=other.gguf\n").value();
  EXPECT_EQ(files(again.first().digest), (Files{"tegula.json", "other.gguf", "Modelfile"}));
  EXPECT_EQ(again.first().layers[1].layer.digest, made.first().layers[1].layer.digest);
}

TEST_F(Conversion, QuantisesAGguf) {
  if (!tensor::check_writable(tensor::DType::Q8_0)) GTEST_SKIP() << "no quantiser in this build";
  ASSERT_TRUE(build_text("FROM .\nTARGET gguf quant=F32 file=m.gguf\n", "floats"));
  const BuildResult direct = build_text("FROM .\nTARGET gguf quant=Q8_0\n").value();
  const BuildResult after = build_text("FROM floats\nTARGET gguf quant=Q8_0\n").value();
  EXPECT_EQ(after.first().layers[1].layer.digest, direct.first().layers[1].layer.digest);
  EXPECT_EQ(build_text("FROM m\nTARGET gguf quant=Q4_0\n").error().code, Code::Unsupported)
      << "a second time";
}

TEST_F(Conversion, GivesBackTheFolderOfAGguf) {
  ASSERT_TRUE(build_text("FROM .\nTARGET gguf quant=BF16\n", "made"));
  const BuildResult direct = build_text("FROM .\nTARGET safetensors dtype=F16\n").value();
  const BuildResult back = build_text("FROM made\nTARGET safetensors dtype=F16\n").value();
  EXPECT_EQ(back.first().target, "safetensors-f16");
  EXPECT_EQ(files(back.first().digest),
            (Files{"tegula.json", "config.json", "chat_template.jinja", "generation_config.json",
                   "tokenizer.model", "tokenizer_config.json", "model.safetensors", "Modelfile"}));
  EXPECT_EQ(text(back.first().digest, "model.safetensors"),
            text(direct.first().digest, "model.safetensors"));
  const BuildResult again = build_text("FROM m\nTARGET gguf quant=BF16\n", "again").value();
  EXPECT_EQ(again.first().layers[1].layer.digest,
            build_text("FROM made\n", "same")->first().layers[1].layer.digest);
}

TEST_F(Conversion, MakesMlxOfAGguf) {
  if (!tensor::check_writable(tensor::DType::Q8_0)) GTEST_SKIP() << "no quantiser in this build";
  ASSERT_TRUE(build_text("FROM .\nTARGET gguf quant=Q4_0\n", "made"));
  const BuildResult built =
      build_text("FROM made\nTARGET mlx bits=4 group=32\nTARGET mlx\n").value();
  EXPECT_EQ(built.packs[1].name.str(), "m:latest-mlx-4bit-g32");
  for (const BuiltPack& pack : built.packs) {
    EXPECT_TRUE(pack.target.starts_with("mlx")) << pack.target;
    EXPECT_NE(text(pack.digest, "config.json").find("LlamaForCausalLM"), std::string::npos);
  }
}

TEST_F(Conversion, OwnTextsReplaceTheFoldersFiles) {
  model_.put("chat_template.jinja", bytes_of("{{ old }}"));
  model_.put("LICENSE", bytes_of("old terms"));
  const BuildResult built = build_text("FROM .\nTEMPLATE {{ messages }}\nLICENSE MIT\n").value();
  EXPECT_EQ(text(built.first().digest, "chat_template.jinja"), "{{ messages }}");
  EXPECT_EQ(text(built.first().digest, "LICENSE"), "MIT\n");
  const BuildResult plain = build_text("FROM .\n").value();
  EXPECT_EQ(text(plain.first().digest, "chat_template.jinja"), "{{ old }}");
  EXPECT_EQ(text(plain.first().digest, "LICENSE"), "old terms");
}

TEST_F(Conversion, RefusesWhatThereIsNoWayTo) {
  ASSERT_TRUE(build_text("FROM .\nTARGET mlx bits=4\n", "mlx"));
  for (const char* text : {"FROM mlx\nTARGET gguf\n", "FROM mlx\nTARGET mlx bits=8\n",
                           "FROM mlx\nTARGET safetensors\n"})
    EXPECT_EQ(build_text(text, "refused").error().code, Code::Unsupported) << text;
  EXPECT_TRUE(build_text("FROM mlx\n", "again"));
  EXPECT_EQ(build_text("FROM .\nTARGET gguf imatrix=gone.gguf quant=Q4_0\n").error().code,
            Code::NotFound);
  EXPECT_FALSE(disk_.store.resolve(content::Reference::parse("refused").value()));
}

}  // namespace
}  // namespace tegula::build

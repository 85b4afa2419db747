// Adapters of a small safetensors model, through the whole build.
#include "build/adapter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "build/sample_build_test.h"
#include "tensor/hf_test_model.h"
#include "tensor/safetensors.h"

namespace tegula::build {
namespace {

using tensor::AdapterForm;
using tensor::kTestFeedForward;
using tensor::kTestHead;
using tensor::kTestHeads;
using tensor::kTestHidden;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsSupersetOf;

const std::string kQ = "model.layers.0.self_attn.q_proj";
const std::string kDown = "model.layers.1.mlp.down_proj";

constexpr std::string_view kPeftConfig =
    R"({"peft_type":"LORA","r":4,"lora_alpha":8,"bias":"none"})";

std::vector<tensor::TestTensor> peft_tensors(std::uint64_t hidden = kTestHidden) {
  const std::string prefix = "base_model.model.";
  return {{prefix + kQ + ".lora_A.weight", {4, hidden}},
          {prefix + kQ + ".lora_B.weight", {kTestHeads * kTestHead, 4}},
          {prefix + kDown + ".lora_A.weight", {4, kTestFeedForward}},
          {prefix + kDown + ".lora_B.weight", {kTestHidden, 4}}};
}

// With several targets, packs[0] is the first of them under the name itself.

// A folder with a llama in safetensors and, beside it, an adapter of it in "lora".
class Adapters : public ::testing::Test {
 protected:
  Adapters() {
    model_.put_model(tensor::test_config("LlamaForCausalLM", 2), tensor::llama_tensors(2));
    put_peft("lora");
  }

  void put(const std::string& name, ByteView bytes) {
    const os::Path path = os::Path(name);
    ASSERT_TRUE(os::make_folders(model_.fs(), model_.path() / path.parent_path()));
    model_.put(name, bytes);
  }

  void put_peft(const std::string& folder, std::string_view config = kPeftConfig,
                const std::vector<tensor::TestTensor>& tensors = peft_tensors()) {
    put(folder + "/adapter_config.json", bytes_of(config));
    put(folder + "/adapter_model.safetensors", tensor::bf16_file(tensors));
  }

  BuildContext context() {
    BuildContext out = sample_context(disk_, model_.path());
    out.find = [this](const std::string& name) -> Result<std::optional<FoundModel>> {
      const auto found = found_.find(name);
      if (found == found_.end()) return std::optional<FoundModel>();
      return std::optional(found->second);
    };
    return out;
  }

  BuildRequest request(std::string_view text, const std::string& name = "m") {
    return sample_request(text, model_.path(), name);
  }

  Result<BuildResult> build_text(std::string_view text, const std::string& name = "m") {
    return build(request(text, name), context());
  }

  std::vector<std::string> files(const content::Digest& digest) { return files_of(disk_, digest); }

  content::Descriptor layer(const content::Digest& digest, std::string_view path) {
    return layer_of(disk_, digest, path);
  }

  std::string text(const content::Digest& digest, std::string_view path) {
    return text_of_layer(disk_, digest, path);
  }

  std::vector<content::AdapterUse> uses(const content::Digest& digest) {
    return content::RuntimeSettings::parse(text(digest, "tegula.json")).value().adapters;
  }

  codec::Json json(const content::Digest& digest, std::string_view path) {
    return codec::parse_json(text(digest, path)).value();
  }

  tensor::HfTestFolder model_;
  content::TemporaryStore disk_;
  std::map<std::string, FoundModel> found_;
};

TEST_F(Adapters, HaveTheFormOfEachTarget) {
  const BuildResult built = build_text(
                                "FROM .\nADAPTER ./lora\nTARGET gguf quant=F32 file=m.gguf\n"
                                "TARGET mlx bits=4\nTARGET safetensors dtype=F32\n")
                                .value();
  const content::Digest gguf = built.packs[1].digest;
  EXPECT_THAT(files(gguf), ElementsAre("tegula.json", "m.gguf", "lora.gguf", "Modelfile"));
  EXPECT_EQ(uses(gguf), (std::vector<content::AdapterUse>{{"lora.gguf", 1}}));
  EXPECT_THAT(text(gguf, "Modelfile"), HasSubstr("ADAPTER ./lora.gguf\n"));

  const content::Digest mlx = built.packs[2].digest;
  EXPECT_THAT(files(mlx), IsSupersetOf({"adapters/lora/adapter_config.json",
                                        "adapters/lora/adapters.safetensors"}));
  EXPECT_EQ(uses(mlx)[0].file, "adapters/lora/adapters.safetensors");
  EXPECT_EQ(json(mlx, "adapters/lora/adapter_config.json")["lora_parameters"]["scale"], 2.0);
  EXPECT_THAT(text(mlx, "Modelfile"), HasSubstr("ADAPTER ./adapters/lora\n"));

  // PEFT it was, so it stays as it is.
  const content::Digest plain = built.packs[3].digest;
  EXPECT_EQ(layer(plain, "adapters/lora/adapter_config.json").digest,
            content::Digest::of(bytes_of(kPeftConfig)));
  EXPECT_EQ(layer(plain, "adapters/lora/adapter_model.safetensors").digest,
            content::Digest::of(tensor::bf16_file(peft_tensors())));
}

TEST_F(Adapters, AFolderIsOneInputAFile) {
  const BuildResult built = build_text("FROM .\nADAPTER ./lora/\n").value();
  std::vector<std::string> names;
  for (const LockInput& input : built.lock.inputs)
    if (input.role == InputRole::Adapter) names.push_back(input.name + " " + input.origin);
  EXPECT_THAT(names, ElementsAre("./lora/adapter_config.json file",
                                 "./lora/adapter_model.safetensors file"));
  BuildRequest again = request("FROM .\nADAPTER ./lora/\n");
  again.lock = built.lock;
  again.locked = true;
  EXPECT_EQ(build(again, context())->first().digest, built.first().digest);
  put_peft("other", R"({"peft_type":"LORA","r":4,"lora_alpha":9})");
  ASSERT_TRUE(model_.fs().rename(model_.path() / "other/adapter_config.json",
                                 model_.path() / "lora/adapter_config.json"));
  const auto changed = build(again, context());
  EXPECT_EQ(changed.error().code, Code::Untrusted);
  EXPECT_THAT(changed.error().text, HasSubstr("input \"./lora/adapter_config.json\""));
}

// The scale is the engine's to apply; other programs take none beside the adapter.
TEST_F(Adapters, CarryTheirScale) {
  const BuildResult built = build_text(
                                "FROM .\nADAPTER ./lora scale=-0.5\nTARGET gguf quant=F32\n"
                                "TARGET mlx bits=4\nTARGET safetensors\n")
                                .value();
  EXPECT_EQ(uses(built.packs[1].digest)[0].scale, -0.5);
  EXPECT_EQ(uses(built.packs[2].digest)[0].scale, 1);
  EXPECT_EQ(uses(built.packs[3].digest)[0].scale, 1);
  EXPECT_NE(layer(built.packs[3].digest, "adapters/lora/adapter_model.safetensors").digest,
            content::Digest::of(tensor::bf16_file(peft_tensors())));
  const BuildResult half = build_text("FROM .\nADAPTER ./lora scale=0.5\n").value();
  EXPECT_EQ(json(half.first().digest, "adapters/lora/adapter_config.json")["lora_alpha"], 4.0);
}

TEST_F(Adapters, TheModelfileInThePackBuildsThePack) {
  const content::Digest digest =
      build_text("FROM .\nADAPTER ./lora scale=0.5\nSYSTEM hi\n")->first().digest;
  for (const std::string& name : files(digest)) put("again/" + name, bytes_of(text(digest, name)));
  const std::string inside = text(digest, "Modelfile");
  BuildRequest again = request(inside);
  again.folder = model_.path() / "again";
  const auto built = build(again, context());
  ASSERT_TRUE(built) << built.error().text;
  EXPECT_EQ(built->first().digest, digest) << inside;
}

// However the model and the adapter come in, the engine gets one file.
TEST_F(Adapters, AreTheSameByEveryWay) {
  const content::Digest direct =
      build_text("FROM .\nADAPTER ./lora\nTARGET gguf quant=F32\n")->first().digest;
  const content::Digest want = layer(direct, "lora.gguf").digest;
  const auto adapter_of = [&](std::string_view text) {
    const auto built = build_text(text, "other");
    EXPECT_TRUE(built) << text << built.error().text;
    return built ? layer(built->first().digest, "lora.gguf").digest : direct;
  };
  ASSERT_TRUE(build_text("FROM .\nTARGET gguf quant=F32\n", "float"));
  EXPECT_EQ(adapter_of("FROM float\nADAPTER ./lora\n"), want) << "a GGUF file in the store";
  EXPECT_EQ(adapter_of("FROM float\nADAPTER ./lora\nTARGET gguf quant=Q8_0\n"), want);
  ASSERT_TRUE(build_text("FROM .\nADAPTER ./lora\n", "peft"));
  EXPECT_EQ(adapter_of("FROM peft\nTARGET gguf quant=F32\n"), want) << "inherited, from PEFT";

  put("lora.gguf", bytes_of(text(direct, "lora.gguf")));
  const BuildResult back =
      build_text("FROM .\nADAPTER ./lora.gguf\nTARGET safetensors\nTARGET mlx\n", "back").value();
  EXPECT_EQ(uses(back.packs[1].digest)[0].file, "adapters/lora/adapter_model.safetensors");
  EXPECT_EQ(adapter_of("FROM back\nTARGET gguf quant=F32\n"), want) << "through PEFT in F32";
  EXPECT_EQ(adapter_of("FROM back:latest-mlx\nTARGET gguf quant=F32\n"), want) << "through MLX";

  put("mlx/adapter_config.json",
      bytes_of(text(back.packs[2].digest, "adapters/lora/adapter_config.json")));
  put("mlx/adapters.safetensors",
      bytes_of(text(back.packs[2].digest, "adapters/lora/adapters.safetensors")));
  const auto mlx = build_text("FROM float\nADAPTER ./mlx\n", "mlx");
  ASSERT_TRUE(mlx) << mlx.error().text;
  EXPECT_EQ(layer(mlx->first().digest, "mlx.gguf").digest, want);
}

TEST_F(Adapters, GoWithAModelThatIsQuantisedForMlx) {
  ASSERT_TRUE(build_text("FROM .\nTARGET mlx bits=4\n", "small"));
  const auto built = build_text("FROM small\nADAPTER ./lora\n", "child");
  ASSERT_TRUE(built) << built.error().text;
  EXPECT_EQ(uses(built->first().digest)[0].file, "adapters/lora/adapters.safetensors");
}

TEST_F(Adapters, ComeFromElsewhere) {
  FoundModel repository;
  repository.origin = "hub";
  for (const char* name : {"adapter_config.json", "adapter_model.safetensors"})
    repository.files.push_back({model_.path() / "lora" / name, name});
  found_["hf.co/org/Helper@v1"] = repository;
  const auto built = build_text("FROM .\nADAPTER hf.co/org/Helper@v1\nTARGET gguf quant=F32\n");
  ASSERT_TRUE(built) << built.error().text;
  EXPECT_EQ(uses(built->first().digest)[0].file, "helper.gguf");
  EXPECT_EQ(built->lock.inputs.back().name, "hf.co/org/Helper@v1/adapter_model.safetensors");
  EXPECT_EQ(built->lock.inputs.back().origin, "hub");

  found_["hf.co/org/Helper@v1"].files[0].expected = content::Digest::of(bytes_of("other"));
  EXPECT_EQ(build_text("FROM .\nADAPTER hf.co/org/Helper@v1\n").error().code, Code::Corrupt);
  EXPECT_THAT(build_text("FROM hf.co/org/Helper@v1\n").error().text, HasSubstr("not a model"));
  FoundModel model;
  model.pack = build_text("FROM .\n", "base")->first().digest;
  found_["hf.co/org/model"] = model;
  EXPECT_THAT(build_text("FROM .\nADAPTER hf.co/org/model\n").error().text,
              HasSubstr("is a model"));
}

TEST_F(Adapters, AreRefusedByName) {
  put_peft("wide", kPeftConfig, peft_tensors(kTestHidden * 2));
  put_peft("ranked", R"({"peft_type":"LORA","r":8})");
  put_peft("rankless", R"({"peft_type":"LORA","r":0})");
  put_peft("dora", R"({"peft_type":"LORA","r":4,"use_dora":true})");
  put_peft("cut");
  put("cut/adapter_model.safetensors", ByteView(tensor::bf16_file(peft_tensors())).first(1000));
  put("bare/adapter_model.safetensors", tensor::bf16_file(peft_tensors()));
  put("pickled/adapter_config.json", bytes_of(kPeftConfig));
  put("pickled/adapter_model.bin", bytes_of("x"));
  put("nothing/README.md", bytes_of("x"));
  put("text.gguf", bytes_of("x"));
  put_peft("m");
  const struct {
    const char* adapter;
    Code code;
    std::string text;
  } cases[] = {
      {"./wide", Code::InvalidArgument,
       "\"./wide\": \"" + kQ +
           ".weight\" is [64, 64] in the base model; the adapter's tensors are "
           "[4, 128] and [64, 4]"},
      {"./ranked", Code::Corrupt, "says rank 8, its tensors have 4"},
      {"./rankless", Code::Corrupt, "\"r\": expected a number above 0"},
      {"./dora", Code::Unsupported, "\"adapter_config.json\": \"use_dora\""},
      {"./cut", Code::Corrupt, "\"adapter_model.safetensors\""},
      {"./bare", Code::NotFound, "\"adapter_config.json\" is missing"},
      {"./pickled", Code::Unsupported, "pickle"},
      {"./nothing", Code::NotFound, "no adapter"},
      {"./gone", Code::NotFound, "there is no file"},
      {"no-such", Code::NotFound, "there is no file"},
      {"./lora/adapter_model.safetensors", Code::InvalidArgument, "one file of an adapter"},
      {"./text.gguf", Code::InvalidArgument, ""},
      {"./lora\nADAPTER ./lora", Code::InvalidArgument, "named \"lora.gguf\""},
  };
  ASSERT_TRUE(build_text("FROM .\nTARGET gguf quant=F32 file=m.gguf\n", "base"));
  const std::uint64_t blobs = disk_.store.usage({})->blob_count;
  for (const std::string_view from : {".", "base"}) {
    for (const auto& each : cases) {
      const auto built =
          build_text(fmt::format("FROM {}\nADAPTER {}\n", from, each.adapter), "refused");
      ASSERT_FALSE(built) << from << each.adapter;
      EXPECT_EQ(built.error().code, each.code) << each.adapter << built.error().text;
      EXPECT_THAT(built.error().text, HasSubstr(each.text)) << from;
    }
  }
  EXPECT_EQ(disk_.store.usage({})->blob_count, blobs) << "all were looked at before one was stored";
  EXPECT_THAT(build_text("FROM ./lora\n").error().text, HasSubstr("is an adapter, not a model"));
  EXPECT_EQ(build_text("FROM base\nADAPTER ./m\n").error().text,
            "two files of the pack would be named \"m.gguf\"");
}

// Only a GGUF adapter fits a GGUF model whose architecture isn't converted.
TEST_F(Adapters, OfOtherArchitecturesAreGguf) {
  tensor::GgufWriter writer;
  writer.set_text("general.architecture", "phi3");
  writer.set_u32("phi3.context_length", 64);
  writer.set_u32("phi3.embedding_length", 64);
  writer.set_u32("phi3.block_count", 1);
  writer.set_text("tokenizer.ggml.model", "llama");
  writer.add_tensor("token_embd.weight", tensor::DType::F32, std::vector<std::uint64_t>{64, 4});
  put("phi.gguf", tensor::zero_file(writer));
  const auto built = build_text("FROM ./phi.gguf\nADAPTER ./lora\n");
  EXPECT_EQ(built.error().code, Code::Unsupported);
  EXPECT_THAT(built.error().text, HasSubstr("\"phi3\""));
}

// Each program calls the modules of such a model otherwise: only what is made for one is taken.
TEST_F(Adapters, OfATextModelInALargerOne) {
  const std::string inner = tensor::test_config("x", 2, R"(,"sliding_window":32)");
  model_.put("config.json",
             bytes_of(R"({"architectures":["Gemma3ForConditionalGeneration"],"text_config":)" +
                      inner + "}"));
  EXPECT_TRUE(build_text("FROM .\nADAPTER ./lora\n"));
  const auto built = build_text("FROM .\nADAPTER ./lora scale=2\n");
  EXPECT_EQ(built.error().code, Code::Unsupported);
  EXPECT_THAT(built.error().text, HasSubstr("the text model of a larger one"));
}

TEST_F(Adapters, OfADamagedPackAreMissed) {
  const content::Digest digest = build_text("FROM .\nADAPTER ./lora\n")->first().digest;
  content::Manifest manifest = disk_.store.read_manifest(digest).value();
  EXPECT_TRUE(adapter_of_pack(manifest, {"adapters/lora/adapter_model.safetensors", 1}));
  const auto gone = adapter_of_pack(manifest, {"adapters/other/adapters.safetensors", 1});
  EXPECT_EQ(gone.error().code, Code::Corrupt);
  EXPECT_THAT(gone.error().text, HasSubstr("adapters/other/adapter_config.json"));
}

}  // namespace
}  // namespace tegula::build

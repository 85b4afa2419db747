#include "build/rebuild.h"

#include <filesystem>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "attest/statement.h"
#include "attest/verdict.h"
#include "build/pack_difference.h"
#include "build/record.h"
#include "build/sample_build_test.h"
#include "tensor/gguf_writer.h"
#include "tensor/hf_test_model.h"
#include "tensor/model_test_files.h"

namespace tegula::build {
namespace {

class Rebuild : public ::testing::Test {
 protected:
  Rebuild() { EXPECT_TRUE(os::make_folders(here_.fs, source())); }

  os::Path source() const { return here_.outside("source"); }
  os::Path work() const { return here_.outside("work"); }

  static BuildContext context(content::TemporaryStore& disk) {
    return sample_context(disk, disk.outside("home"));
  }

  void write_model(const std::string& name, float bias = 0) {
    tensor::GgufWriter writer;
    tensor::set_llama(writer);
    tensor::set_tokens(writer);
    tensor::add_weights(writer);
    Bytes file = tensor::zero_file(writer);
    file[file.size() - 3] = static_cast<std::uint8_t>(bias);  // in output_norm.weight
    ASSERT_TRUE(os::write_durably(here_.fs, source() / name, file));
  }

  BuildResult build_text(std::string_view text, const std::string& name = "m") {
    return build(sample_request(text, source(), name), context(here_)).value();
  }

  Result<std::vector<RebuildOutput>> rebuild_pack(const content::Digest& pack) {
    EXPECT_TRUE(os::make_folders(here_.fs, work()));
    const RebuildRequest request{.pack = pack, .folder = work(), .from = source(), .threads = 3};
    const RebuildOrder told = TRY(prepare_rebuild(request, there_.store, context(here_)));
    const RebuildOrder order = TRY(RebuildOrder::parse(told.encode()));
    EXPECT_EQ(order.lock, told.lock);
    EXPECT_EQ(order.places, told.places);
    const Lock now = TRY(rebuild(order, work() / "in", context(there_)));
    return compare_outputs(order.lock, now, there_.store, context(here_));
  }

  content::TemporaryStore here_, there_;
};

TEST_F(Rebuild, AFileGivesTheSame) {
  write_model("m.gguf");
  write_model("d.gguf");
  const BuildResult built =
      build_text("FROM ./m.gguf\nDRAFT d.gguf\nSYSTEM hi\nPARAMETER top_k 3\nLICENSE MIT\n");
  const auto outputs = rebuild_pack(built.first().digest).value();
  ASSERT_EQ(outputs.size(), 1U);
  EXPECT_TRUE(outputs[0].is_same());
  EXPECT_EQ(outputs[0].got, built.first().digest);
}

TEST_F(Rebuild, AllTargetsOfAFolder) {
  tensor::HfTestFolder model;
  model.put_model(tensor::test_config("LlamaForCausalLM", 1), tensor::llama_tensors(1));
  const std::string from = model.path().string();
  const BuildResult built =
      build_text("FROM " + from + "\nTARGET gguf quant=F16\nTARGET mlx bits=4\n");
  const auto outputs = rebuild_pack(built.first().digest).value();
  ASSERT_EQ(outputs.size(), 2U);
  for (const RebuildOutput& output : outputs) EXPECT_TRUE(output.is_same()) << output.target;
}

// The name of the file is in the pack: it must not depend on what a link leads to.
TEST_F(Rebuild, OfALinkAndOfAFolderWithAFile) {
  ASSERT_TRUE(os::make_folders(here_.fs, source() / "m"));
  write_model("m/real-model.gguf");
  std::filesystem::create_symlink("m/real-model.gguf", source() / "link.gguf");
  std::filesystem::create_symlink("m/real-model.gguf", source() / "latest");
  const auto build_and_rebuild = [&](const std::string& from) {
    const BuildResult built = build_text("FROM " + from + "\n");
    const auto outputs = rebuild_pack(built.first().digest);
    EXPECT_TRUE(outputs && outputs->at(0).is_same()) << from;
    EXPECT_TRUE(os::remove_tree(here_.fs, work()));
    return built.lock;
  };
  EXPECT_EQ(build_and_rebuild("./link.gguf").inputs[1].name, "./link.gguf");
  EXPECT_EQ(build_and_rebuild("./latest").inputs[1].name, "./latest/real-model.gguf");
  const Lock before = build_and_rebuild("./m");
  EXPECT_EQ(before.inputs[1].name, "./m/real-model.gguf");
  ASSERT_TRUE(here_.fs.rename(source() / "m/real-model.gguf", source() / "m/other.gguf"));
  EXPECT_NE(build_and_rebuild("./m").build_id(), before.build_id());
}

TEST_F(Rebuild, OfALinkToTheFirstOfTwoParts) {
  ASSERT_TRUE(os::make_folders(here_.fs, source() / "m"));
  for (const std::uint16_t number : {std::uint16_t{0}, std::uint16_t{1}}) {
    tensor::GgufWriter part;
    part.set_u16("split.no", number);
    part.set_u16("split.count", 2);
    part.set_i32("split.tensors.count", 3);
    if (number == 0) {
      tensor::set_llama(part);
      tensor::set_tokens(part);
    } else {
      tensor::add_weights(part);
    }
    const std::string name = fmt::format("m/x-0000{}-of-00002.gguf", number + 1);
    ASSERT_TRUE(os::write_durably(here_.fs, source() / name, tensor::zero_file(part)));
  }
  std::filesystem::create_symlink("m/x-00001-of-00002.gguf", source() / "link.gguf");
  for (const std::string from : {"./link.gguf", "./m", "./m/x-00001-of-00002.gguf"}) {
    const BuildResult built = build_text("FROM " + from + "\n");
    const auto outputs = rebuild_pack(built.first().digest);
    EXPECT_TRUE(outputs && outputs->at(0).is_same()) << from;
    ASSERT_TRUE(os::remove_tree(here_.fs, work()));
  }
}

void put_adapter(tensor::HfTestFolder& folder) {
  const std::string q = "base_model.model.model.layers.0.self_attn.q_proj";
  folder.put("adapter_config.json", bytes_of(R"({"peft_type":"LORA","r":2,"use_rslora":true})"));
  folder.put("adapter_model.safetensors",
             tensor::bf16_file({{q + ".lora_A.weight", {2, tensor::kTestHidden}},
                                {q + ".lora_B.weight", {tensor::kTestHidden, 2}}}));
}

TEST_F(Rebuild, WithAnAdapterOfAFolder) {
  tensor::HfTestFolder model, adapter;
  model.put_model(tensor::test_config("LlamaForCausalLM", 1), tensor::llama_tensors(1));
  put_adapter(adapter);
  const std::string from = model.path().string(), lora = adapter.path().string();
  const BuildResult built = build_text("FROM " + from + "\nADAPTER " + lora +
                                       " scale=0.5\nTARGET gguf quant=F16\nTARGET mlx bits=4\n");
  const auto outputs = rebuild_pack(built.first().digest).value();
  ASSERT_EQ(outputs.size(), 2U);
  for (const RebuildOutput& output : outputs) EXPECT_TRUE(output.is_same()) << output.target;
}

TEST_F(Rebuild, OnAPackOfTheStore) {
  write_model("m.gguf");
  build_text("FROM ./m.gguf\nSYSTEM one\n", "base");
  const BuildResult built = build_text("FROM base\nSYSTEM two\n");
  EXPECT_TRUE(rebuild_pack(built.first().digest).value()[0].is_same());
}

TEST_F(Rebuild, OfWhatAHubHad) {
  tensor::HfTestFolder model;
  model.put_model(tensor::test_config("LlamaForCausalLM", 1), tensor::llama_tensors(1));
  write_model("m.gguf");
  FoundModel file, folder;
  file.files = {{source() / "m.gguf", "named.gguf", {}}};
  file.origin = folder.origin = "hub";
  const std::vector<std::string> names = here_.fs.list(model.path()).value();
  for (const std::string& name : names) folder.files.push_back({model.path() / name, name, {}});
  tensor::HfTestFolder lora;
  put_adapter(lora);
  FoundModel adapter;
  adapter.origin = "hub";
  for (const char* name : {"adapter_config.json", "adapter_model.safetensors"})
    adapter.files.push_back({lora.path() / name, name, {}});
  BuildContext with = context(here_);
  with.find = [&](const std::string& name) {
    if (name == "hf.co/org/lora") return std::optional(adapter);
    return std::optional(name == "hf.co/org/folder" ? folder : file);
  };
  for (const char* text : {"FROM hf.co/org/file\n", "FROM hf.co/org/folder\nTARGET gguf\n",
                           "FROM hf.co/org/folder\nADAPTER hf.co/org/lora\nTARGET gguf\n"}) {
    const BuildRequest request = sample_request(text, source());
    const BuildResult built = build(request, with).value();
    EXPECT_EQ(built.lock.inputs[1].origin, "hub");
    const auto outputs = rebuild_pack(built.first().digest).value();
    EXPECT_TRUE(outputs[0].is_same()) << text;
    ASSERT_TRUE(os::remove_tree(here_.fs, work()));
  }
}

TEST_F(Rebuild, SaysWhichInputIsMissing) {
  tensor::HfTestFolder model;
  model.put_model(tensor::test_config("LlamaForCausalLM", 1), tensor::llama_tensors(1));
  const BuildResult built =
      build_text("FROM " + model.path().string() + "\nTARGET gguf quant=F16\n");
  ASSERT_TRUE(os::remove_tree(here_.fs, model.path()));
  const Error error = rebuild_pack(built.first().digest).error();
  EXPECT_EQ(error.code, Code::NotFound);
  EXPECT_TRUE(error.text.contains("config.json")) << error.text;
  EXPECT_FALSE(error.hint.empty());
}

TEST_F(Rebuild, NeedsARecord) {
  const content::Digest pack =
      content::build(here_.store, "m", {{"tegula.json", "{}"}, {"m.gguf", "weights"}}).value();
  EXPECT_EQ(rebuild_pack(pack).error().code, Code::NotFound);
}

// What its record says is true of another pack.
TEST_F(Rebuild, TakesNoLockOfAnotherPack) {
  write_model("m.gguf");
  const BuildResult honest = build_text("FROM ./m.gguf\nSYSTEM hi\n");
  const content::Digest pack =
      content::build(here_.store, "n", {{"tegula.json", "{}"}, {"m.gguf", "weights"}}).value();
  const auto lease = here_.store.lease().value();
  ASSERT_TRUE(put_record(pack, honest.lock, "FROM ./m.gguf\nSYSTEM hi\n", *lease, context(here_)));
  EXPECT_EQ(rebuild_pack(pack).error().code, Code::Untrusted);
}

TEST_F(Rebuild, OfNothingIsNotTheSame) {
  EXPECT_EQ(compare_outputs({}, {}, there_.store, context(here_)).error().code, Code::Untrusted);
  EXPECT_FALSE(is_same({}));
}

TEST_F(Rebuild, NamesTheFirstDifference) {
  write_model("m.gguf");
  const content::Digest one = build_text("FROM ./m.gguf\nSYSTEM hi\n", "one").first().digest;
  const content::Digest text = build_text("FROM ./m.gguf\nSYSTEM ho\n", "two").first().digest;
  ASSERT_TRUE(here_.fs.remove(source() / "m.gguf"));
  write_model("m.gguf", 1);
  const content::Digest weights = build_text("FROM ./m.gguf\nSYSTEM hi\n", "three").first().digest;
  const auto difference = [&](const content::Digest& got) {
    return first_difference({here_.store, one}, {here_.store, got}, here_.progress, {}).value();
  };
  EXPECT_EQ(difference(one), "");
  EXPECT_TRUE(difference(text).starts_with("layer \"tegula.json\", byte ")) << difference(text);
  EXPECT_EQ(difference(weights),
            "layer \"m.gguf\", tensor \"output_norm.weight\" (byte 253 of it)");
}

TEST_F(Rebuild, TheVerdictIsAStatement) {
  Lock lock;
  lock.targets = {"gguf"};
  const content::Digest a = content::Digest::of(bytes_of("a")),
                        b = content::Digest::of(bytes_of("b"));
  const RebuildSurroundings surroundings{.has_network = false, .user = "4242", .threads = 3};
  const auto verdict = [&](const content::Digest& got, const std::string& difference) {
    const std::string text =
        rebuild_verdict(lock, {{"gguf", a, got, difference}}, surroundings, {"0.1.0", a}).value();
    return attest::parse_statement(text).value();
  };
  const attest::Statement same = verdict(a, "");
  EXPECT_EQ(same.predicate_type, attest::kRebuildType);
  EXPECT_EQ(attest::sha256_of(same.subjects[0]), a);
  EXPECT_EQ(same.predicate["verdict"], "same");
  EXPECT_EQ(same.predicate["surroundings"]["network"], false);
  const attest::Statement other = verdict(b, "layer \"x\"");
  EXPECT_EQ(other.predicate["verdict"], "different");
  EXPECT_EQ(other.predicate["outputs"][0]["difference"], "layer \"x\"");
}

}  // namespace
}  // namespace tegula::build

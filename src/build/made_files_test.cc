// What a second build takes over from the first.
#include "build/made_files.h"

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "build/sample_build_test.h"
#include "tensor/hf_test_model.h"
#include "tensor/quantise.h"

namespace tegula::build {
namespace {

using ::testing::SizeIs;

class MadeFiles : public ::testing::Test {
 protected:
  MadeFiles() {
    model_.put_model(tensor::test_config("LlamaForCausalLM", 2), tensor::llama_tensors(2));
  }

  content::Digest build_text(std::string_view text, bool reuse = true,
                             std::string_view name = "m") {
    BuildRequest request = sample_request(text, model_.path(), name);
    request.reuse = reuse;
    return build(request, context()).value().first().digest;
  }

  BuildContext context() { return sample_context(disk_, model_.path()); }

  std::vector<std::string> entries() { return disk_.fs.list(made()).value(); }
  // An entry is written whenever its files are made.
  std::vector<std::filesystem::file_time_type> written() {
    std::vector<std::filesystem::file_time_type> out;
    for (const std::string& name : entries())
      out.push_back(std::filesystem::last_write_time(made() / name));
    return out;
  }
  os::Path made() const { return disk_.path() / "made"; }

  tensor::HfTestFolder model_;
  content::TemporaryStore disk_;
};

constexpr std::string_view kF16 = "FROM .\nTARGET gguf quant=F16\n";
constexpr std::string_view kF32 = "FROM .\nTARGET gguf quant=F32\n";

TEST_F(MadeFiles, AreTakenFromTheStore) {
  const content::Digest f16 = build_text(kF16), f32 = build_text(kF32);
  ASSERT_THAT(entries(), SizeIs(2));
  EXPECT_EQ(build_text(kF16), f16);
  // With the answers swapped, a build that looks takes the wrong one, and one that must not does
  // not.
  const os::Path a = made() / entries()[0], b = made() / entries()[1];
  const std::string text_a = os::read_file(disk_.fs, a, 1 << 20).value();
  const std::string text_b = os::read_file(disk_.fs, b, 1 << 20).value();
  ASSERT_TRUE(os::write_durably(disk_.fs, a, bytes_of(text_b)));
  ASSERT_TRUE(os::write_durably(disk_.fs, b, bytes_of(text_a)));
  EXPECT_NE(build_text(kF16), f16);
  EXPECT_EQ(build_text(kF16, false), f16);
  EXPECT_EQ(build_text(kF16), f16) << "and mends the answer";
  EXPECT_NE(build_text(kF32), f32);
}

TEST_F(MadeFiles, AreThereForFoldersToo) {
  constexpr std::string_view kFloats = "FROM .\nTARGET safetensors dtype=F16\n";
  const content::Digest first = build_text(kFloats);
  ASSERT_THAT(entries(), SizeIs(1));
  EXPECT_EQ(build_text(kFloats), first);
  EXPECT_EQ(build_text("FROM .\nTARGET safetensors dtype=F16\nSYSTEM hi\n") == first, false);
  EXPECT_THAT(entries(), SizeIs(1)) << "settings are no part of what is made";
}

TEST_F(MadeFiles, AreThereForMlxWithoutBits) {
  build_text(kF16);
  const content::Digest first = build_text("FROM m\nTARGET mlx\n", true, "n");
  ASSERT_THAT(entries(), SizeIs(2));
  const auto before = written();
  EXPECT_EQ(build_text("FROM m\nTARGET mlx\n", true, "n"), first);
  EXPECT_EQ(written(), before);
}

TEST_F(MadeFiles, AreNotLookedForWhereNothingIsMade) {
  build_text("FROM .\nTARGET safetensors\n");
  EXPECT_FALSE(os::exists(disk_.fs, made()).value());
}

TEST_F(MadeFiles, AreMadeAgainWhenTheyAreGone) {
  const content::Digest first = build_text(kF16);
  const os::Path entry = made() / entries()[0];
  ASSERT_TRUE(disk_.store.remove(content::Reference::parse("m").value()));
  ASSERT_FALSE(disk_.store.gc({.grace = std::chrono::seconds(0)})->blobs.empty());
  EXPECT_EQ(build_text(kF16), first);
  for (const char* text :
       {"", "{}", "{\"files\":[]}", "{\"files\":[{}]}",
        "{\"files\":[{\"path\":\"../x\",\"type\":\"a/b\",\"digest\":"
        "\"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\","
        "\"size\":0}]}"}) {
    ASSERT_TRUE(os::write_durably(disk_.fs, entry, bytes_of(text)));
    EXPECT_EQ(build_text(kF16), first) << text;
  }
}

TEST(MadeFrom, DependsOnAllThatGoesIn) {
  const auto model = [](const std::string& path, std::string_view bytes) {
    ModelFiles out;
    out.files.push_back(
        {content::make_layer({.path = path, .digest = content::Digest::of(bytes_of(bytes))})});
    return out;
  };
  const ModelFiles one = model("m.gguf", "a"), other = model("m.gguf", "b"),
                   named = model("n.gguf", "a");
  const Target target = plain_target(Format::Gguf), mlx = plain_target(Format::Mlx);
  const content::Digest matrix = content::Digest::of(bytes_of("i"));
  const std::vector<content::Digest> keys = {
      MadeFrom{one, target, "m"}.key(),   MadeFrom{other, target, "m"}.key(),
      MadeFrom{named, target, "m"}.key(), MadeFrom{one, mlx, "m"}.key(),
      MadeFrom{one, target, "n"}.key(),   MadeFrom{one, target, "m", matrix}.key()};
  EXPECT_EQ(std::set(keys.begin(), keys.end()).size(), keys.size());
  EXPECT_EQ((MadeFrom{one, target, "m"}.key()), keys[0]);
}

}  // namespace
}  // namespace tegula::build

#include "build/pack_difference.h"

#include <gtest/gtest.h>

#include "content/runtime_settings.h"
#include "content/temporary_store.h"
#include "tensor/model_test_files.h"

namespace tegula::build {
namespace {

std::string model_file(char first = 0, const char* extra = nullptr) {
  tensor::GgufWriter writer;
  tensor::set_llama(writer);
  tensor::add_weights(writer);
  if (extra != nullptr) tensor::add(writer, extra, tensor::DType::F32, {32});
  std::string out(text_of(tensor::zero_file(writer)));
  out.back() = first;  // of the last tensor
  return out;
}

class PackDifferenceTest : public ::testing::Test {
 protected:
  content::Digest pack(const content::PackFiles& files) {
    return content::build(disk_.store, "m", files).value();
  }

  std::vector<Differing> between(const content::PackFiles& before,
                                 const content::PackFiles& after) {
    return all_differences({disk_.store, pack(before)}, {disk_.store, pack(after)}, disk_.progress,
                           {})
        .value();
  }

  content::TemporaryStore disk_;
};

using Differences = std::vector<Differing>;

std::string settings(std::int64_t top_k, std::string system = {}) {
  content::RuntimeSettings out{.model = "m.gguf"};
  out.system = std::move(system);
  out.parameters["top_k"] = top_k;
  return out.encode();
}

TEST_F(PackDifferenceTest, IsEmptyForEqualPacks) {
  const content::PackFiles files = {{"tegula.json", settings(1)}, {"m.gguf", model_file()}};
  EXPECT_EQ(between(files, files), Differences());
}

TEST_F(PackDifferenceTest, NamesSettingsOneByOne) {
  const content::PackFiles before = {{"tegula.json", settings(1)}, {"m.gguf", model_file()}};
  const content::PackFiles after = {{"tegula.json", settings(2, "Be brief.")},
                                    {"m.gguf", model_file()}};
  EXPECT_EQ(between(before, after),
            (Differences{{{}, "parameter \"top_k\"", Change::Changed, "1", "2"},
                         {{}, "system prompt", Change::Added, {}, "Be brief."}}));
  EXPECT_EQ(between(after, before).at(1),
            (Differing{{}, "system prompt", Change::Removed, "Be brief.", {}}));
}

TEST_F(PackDifferenceTest, NamesTensors) {
  const auto files = [](const std::string& model) {
    return content::PackFiles{{"tegula.json", settings(1)}, {"m.gguf", model}};
  };
  const Differences changed = between(files(model_file()), files(model_file(1)));
  ASSERT_EQ(changed.size(), 1U);
  EXPECT_EQ(changed[0].layer, "m.gguf");
  EXPECT_TRUE(changed[0].what.starts_with("tensor \"")) << changed[0].what;
  EXPECT_EQ(changed[0].change, Change::Changed);
  const Differences added = between(files(model_file()), files(model_file(0, "extra.weight")));
  ASSERT_EQ(added.size(), 1U);
  EXPECT_EQ(added[0],
            (Differing{"m.gguf", "tensor \"extra.weight\"", Change::Added, {}, "F32 32"}));
}

TEST_F(PackDifferenceTest, TakesOtherLayersAsAWhole) {
  const content::PackFiles before = {
      {"tegula.json", settings(1)}, {"m.gguf", model_file()}, {"a.txt", "one"}, {"b.txt", "b"}};
  const content::PackFiles after = {
      {"tegula.json", settings(1)}, {"m.gguf", model_file()}, {"a.txt", "two"}, {"c.txt", "c"}};
  const Differences found = between(before, after);
  ASSERT_EQ(found.size(), 3U);
  EXPECT_EQ(found[0].layer, "a.txt");
  EXPECT_EQ(found[0].before, content::Digest::of(bytes_of("one")).str());
  EXPECT_EQ(found[0].after, content::Digest::of(bytes_of("two")).str());
  EXPECT_EQ(found[1].layer, "b.txt");
  EXPECT_EQ(found[1].change, Change::Removed);
  EXPECT_EQ(found[2].layer, "c.txt");
  EXPECT_EQ(found[2].change, Change::Added);
}

}  // namespace
}  // namespace tegula::build

#include "launch/verified_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "launch/sample_model.h"

namespace tegula::launch {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class VerifiedModelTest : public ::testing::Test {
 protected:
  Result<VerifiedModel> open(const content::PackFiles& files) {
    const Result<content::Digest> built = content::build(disk_.store, "m", files);
    EXPECT_TRUE(built) << built.error().text;
    return verify_model(disk_.store, content::named("m"), disk_.progress, {});
  }

  content::TemporaryStore disk_;
};

TEST_F(VerifiedModelTest, OpensWhatTheSettingsName) {
  const content::RuntimeSettings settings{.model = "m.gguf",
                                          .draft = "d.gguf",
                                          .chat_template = "chat_template.jinja",
                                          .adapters = {{"a.gguf", 0.5}}};
  const VerifiedModel model = open(sample_pack(settings, {{"d.gguf", sample_model()},
                                                          {"a.gguf", sample_adapter()},
                                                          {"chat_template.jinja", "{{ x }}"}}))
                                  .value();
  EXPECT_EQ(model.digest, disk_.store.resolve(content::named("m")).value());
  EXPECT_EQ(model.settings, settings);
  EXPECT_EQ(model.model.path, "m.gguf");
  EXPECT_EQ(model.model.info.architecture, "llama");
  ASSERT_EQ(model.adapters.size(), 1U);
  EXPECT_EQ(model.adapters[0].path, "a.gguf");
  ASSERT_TRUE(model.draft);
  EXPECT_EQ(model.draft->path, "d.gguf");
  EXPECT_EQ(model.chat_template, "{{ x }}");
  EXPECT_NE(model.lease, nullptr);
}

TEST_F(VerifiedModelTest, RefusesPacksThatContradictThemselves) {
  const content::RuntimeSettings plain{.model = "m.gguf"};
  const content::RuntimeSettings adapted{.model = "m.gguf", .adapters = {{"a.gguf", 1}}};
  const content::RuntimeSettings drafted{.model = "m.gguf", .draft = "d.gguf"};
  struct Case {
    content::PackFiles files;
    Code code;
    const char* text;
  };
  const Case cases[] = {
      {{{"m.gguf", sample_model()}}, Code::Corrupt, "layer \"tegula.json\""},
      {{{"tegula.json", "{"}, {"m.gguf", sample_model()}}, Code::InvalidArgument, ""},
      {{{"tegula.json", plain.encode()}}, Code::Corrupt, "layer \"m.gguf\""},
      {{{"tegula.json", plain.encode()}, {"m.gguf", "text"}}, Code::InvalidArgument, "m.gguf"},
      {{{"tegula.json", plain.encode()}, {"m.gguf", sample_adapter()}},
       Code::InvalidArgument,
       "this is of kind adapter"},
      {sample_pack(adapted), Code::Corrupt, "layer \"a.gguf\""},
      {sample_pack(adapted, {{"a.gguf", sample_model()}}), Code::InvalidArgument,
       "adapter \"a.gguf\""},
      {sample_pack(adapted, {{"a.gguf", sample_adapter(128)}}), Code::InvalidArgument, "128x32"},
      {sample_pack(drafted, {{"d.gguf", sample_adapter()}}), Code::InvalidArgument,
       "draft \"d.gguf\""},
  };
  for (const Case& c : cases) {
    const Result<VerifiedModel> model = open(c.files);
    ASSERT_FALSE(model) << c.text;
    EXPECT_EQ(model.error().code, c.code) << model.error().text;
    EXPECT_THAT(model.error().text, StartsWith("model \"m\": "));
    EXPECT_THAT(model.error().text, HasSubstr(c.text));
  }
}

TEST_F(VerifiedModelTest, NamesTheLayerWithAFlippedBit) {
  const content::PackFiles files = sample_pack({.model = "m.gguf"});
  ASSERT_TRUE(open(files));
  const content::Digest digest = content::Digest::of(bytes_of(sample_model()));
  content::flip(disk_.context.layout.blob(digest), 100);
  const Result<VerifiedModel> model =
      verify_model(disk_.store, content::named("m"), disk_.progress, {});
  ASSERT_FALSE(model);
  EXPECT_EQ(model.error().code, Code::Corrupt);
  EXPECT_THAT(model.error().text, HasSubstr("m.gguf"));
  EXPECT_THAT(model.error().text, HasSubstr("piece 0"));
}

TEST_F(VerifiedModelTest, NeedsAName) {
  const auto model = verify_model(disk_.store, content::named("gone"), disk_.progress, {});
  EXPECT_EQ(model.error().code, Code::NotFound);
}

}  // namespace
}  // namespace tegula::launch

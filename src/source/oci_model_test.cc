#include "source/oci_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "content/annotation.h"
#include "content/media_type.h"

namespace tegula::source {
namespace {

using content::Descriptor;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Descriptor layer(std::string type, std::string title = {}) {
  Descriptor out{.media_type = std::move(type),
                 .digest = content::Digest::of(bytes_of(title + "x")),
                 .size = 5};
  if (!title.empty()) out.annotations.emplace(content::annotation::kTitle, std::move(title));
  return out;
}

Result<RemoteModel> model(std::vector<Descriptor> layers) {
  content::ImageManifest manifest{.media_type = std::string(content::media_type::kImageManifest),
                                  .artifact_type = "application/thing",
                                  .config = content::empty_descriptor()};
  manifest.layers = std::move(layers);
  return model_in_manifest(content::encode(manifest).value(), "name");
}

TEST(OciModel, FindsTheModelOfAnyArtifact) {
  const RemoteModel found = model({layer("a/b", "notes.txt"), layer("a/b", "sub/m-Q8_0.gguf"),
                                   layer("a/b", "mmproj-F16.gguf"), layer("a/b", "LICENSE"),
                                   layer("a/b", "chat_template.jinja")})
                                .value();
  EXPECT_EQ(found.files[0].name, "m-Q8_0.gguf");
  EXPECT_THAT(found.left_out, ElementsAre("the projector \"mmproj-F16.gguf\""));
  ASSERT_EQ(found.texts.size(), 2U);
  EXPECT_EQ(found.texts[0].kind, RemoteText::Kind::License);
  EXPECT_EQ(found.texts[1].kind, RemoteText::Kind::Template);
}

TEST(OciModel, KnowsDockersTypes) {
  const RemoteModel found =
      model({layer("application/vnd.docker.ai.gguf.v3"), layer("application/vnd.docker.ai.license"),
             layer("application/vnd.docker.ai.gguf.v3.lora"),
             layer("application/vnd.docker.ai.chat.template.jinja")})
          .value();
  EXPECT_EQ(found.files[0].name, "name.gguf");
  ASSERT_EQ(found.adapters.size(), 1U);
  EXPECT_EQ(found.adapters[0].name, "adapter-1.gguf");
  EXPECT_EQ(found.texts.size(), 2U);
}

TEST(OciModel, KnowsOllamas) {
  const std::string digest = "sha256:" + std::string(64, 'a');
  const auto entry = [&](std::string_view type) {
    return R"({"mediaType":"application/vnd.ollama.image.)" + std::string(type) +
           R"(","digest":")" + digest + R"(","size":5})";
  };
  const std::string json =
      R"({"schemaVersion":2,"mediaType":"application/vnd.docker.distribution.manifest.v2+json",)"
      R"("config":{"mediaType":"application/vnd.docker.container.image.v1+json","digest":")" +
      digest + R"(","size":5},"layers":[)" + entry("model") + "," + entry("template") + "," +
      entry("params") + "," + entry("projector") + "]}";
  const RemoteModel found = model_in_manifest(json, "llama3.2").value();
  EXPECT_EQ(found.files[0].name, "llama3.2.gguf");
  EXPECT_THAT(found.left_out, ElementsAre("its projector"));
  ASSERT_EQ(found.texts.size(), 3U);
  EXPECT_EQ(found.texts[0].kind, RemoteText::Kind::OllamaConfig);
}

TEST(OciModel, RefusesToGuess) {
  const Error none = model({layer("a/b", "notes.txt")}).error();
  EXPECT_EQ(none.code, Code::Unsupported);
  EXPECT_THAT(none.text, HasSubstr("application/thing"));
  const Error two = model({layer("a/b", "a.gguf"), layer("a/b", "b.gguf")}).error();
  EXPECT_EQ(two.code, Code::InvalidArgument);
  EXPECT_THAT(two.hint, HasSubstr("a.gguf, b.gguf"));
  EXPECT_EQ(model({layer("a/b", "../a.gguf")}).error().code, Code::Unsupported)
      << "a path that leaves its folder is no name";
}

TEST(OciModel, PutsTextsWhereTheyBelong) {
  RemoteModel it = model({layer("a/b", "a.gguf")}).value();
  const auto add = [&](RemoteText::Kind kind, std::string_view text) {
    return add_text({kind, layer("a/b")}, text, it);
  };
  EXPECT_TRUE(add(RemoteText::Kind::System, "be kind"));
  EXPECT_TRUE(add(RemoteText::Kind::License, "one"));
  EXPECT_TRUE(add(RemoteText::Kind::License, "two"));
  EXPECT_TRUE(add(RemoteText::Kind::Parameters, R"({"temperature":0.5})"));
  EXPECT_FALSE(add(RemoteText::Kind::Parameters, "nonsense"));
  EXPECT_FALSE(add(RemoteText::Kind::Messages, "{}"));
  EXPECT_EQ(it.system, "be kind");
  EXPECT_THAT(it.licenses, ElementsAre("one", "two"));
  EXPECT_TRUE(it.parameters.contains("temperature"));
  EXPECT_THAT(it.messages, IsEmpty());
}

}  // namespace
}  // namespace tegula::source

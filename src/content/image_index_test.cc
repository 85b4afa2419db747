#include "content/image_index.h"

#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/limits.h"
#include "codec/json.h"
#include "content/annotation.h"
#include "content/media_type.h"

namespace tegula::content {
namespace {

using codec::Json;

ImageIndex sample() {
  Descriptor gguf{.media_type = std::string(media_type::kImageManifest),
                  .digest = Digest::of(bytes_of("gguf")),
                  .size = 4};
  gguf.artifact_type = media_type::kModelManifest;
  gguf.annotations.emplace(annotation::kTarget, "gguf");
  Descriptor mlx = gguf;
  mlx.digest = Digest::of(bytes_of("mlx"));
  mlx.annotations.clear();
  mlx.platform = Platform{"darwin", "arm64"};
  return {.artifact_type = std::string(media_type::kModelManifest),
          .manifests = {gguf, mlx},
          .annotations = {{"a", "b"}}};
}

TEST(ImageIndex, ParseAndEncodeAreInverse) {
  EXPECT_EQ(ImageIndex::parse(encode(sample()).value()).value(), sample());
  EXPECT_EQ(ImageIndex::parse(encode(ImageIndex()).value()).value(), ImageIndex());
  EXPECT_EQ(encode(ImageIndex()).value(),
            R"({"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json",)"
            R"("manifests":[]})");
}

TEST(ImageIndex, PassesOverWhatItDoesNotUse) {
  Json json = Json::parse(encode(sample()).value());
  json.erase("mediaType");
  json["x"] = 1;
  json["manifests"][1]["platform"]["variant"] = "v8";
  EXPECT_EQ(ImageIndex::parse(json.dump()).value(), sample());
}

TEST(ImageIndex, RefusesWhatItIsNot) {
  struct Case {
    std::function<void(Json&)> change;
    const char* text;  // part of the message
  };
  const std::string manifest(media_type::kImageManifest);
  for (const Case& c :
       std::vector<Case>{{[](Json& j) { j = Json::array(); }, "expected a JSON object"},
                         {[](Json& j) { j.erase("schemaVersion"); }, "schemaVersion"},
                         {[](Json& j) { j["schemaVersion"] = 1; }, "expected 2, got 1"},
                         {[&](Json& j) { j["mediaType"] = manifest; }, "mediaType"},
                         {[](Json& j) { j.erase("manifests"); }, "manifests"},
                         {[](Json& j) { j["manifests"] = Json::object(); }, "manifests"},
                         {[](Json& j) { j["manifests"][1]["digest"] = "sha256:00"; }, "manifest 2"},
                         {[](Json& j) { j["manifests"][1]["size"] = -1; }, "manifest 2"},
                         {[](Json& j) { j["manifests"][0]["platform"] = 1; }, "manifest 1"},
                         {[](Json& j) { j["manifests"][1]["platform"].erase("os"); }, "platform"},
                         {[](Json& j) { j["artifactType"] = "x"; }, "not a media type"},
                         {[](Json& j) { j["annotations"] = {{"a", 1}}; }, "expected a string"}}) {
    Json json = Json::parse(encode(sample()).value());
    c.change(json);
    const auto index = ImageIndex::parse(json.dump());
    ASSERT_FALSE(index) << c.text;
    EXPECT_THAT(index.error().text, ::testing::HasSubstr(c.text));
  }
}

TEST(ImageIndex, HasALimit) {
  ImageIndex index;
  index.manifests.resize(limits::kIndexManifestsMax, sample().manifests[1]);
  EXPECT_EQ(ImageIndex::parse(encode(index).value()).value(), index);
  index.manifests.push_back(index.manifests[0]);
  EXPECT_EQ(encode(index).error().code, Code::Exhausted);
}

}  // namespace
}  // namespace tegula::content

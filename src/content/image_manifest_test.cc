#include "content/image_manifest.h"

#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/limits.h"
#include "codec/json.h"
#include "content/media_type.h"
#include "content/sample_pack.h"

namespace tegula::content {
namespace {

using codec::Json;

ImageManifest sample() {
  ImageManifest out{.media_type = std::string(media_type::kImageManifest),
                    .artifact_type = "application/x",
                    .config = empty_descriptor()};
  out.layers = {sample_layer("a.gguf"), sample_layer("b")};
  out.subject = empty_descriptor();
  out.annotations = {{"a", "b"}};
  return out;
}

TEST(ImageManifest, ParseAndEncodeAreInverse) {
  EXPECT_EQ(ImageManifest::parse(encode(sample()).value()).value(), sample());
  ImageManifest least{.media_type = std::string(media_type::kImageManifest),
                      .config = empty_descriptor()};
  EXPECT_EQ(ImageManifest::parse(encode(least).value()).value(), least);
}

TEST(ImageManifest, ReadsAModelpackToo) {
  const ImageManifest pack = ImageManifest::parse(encode(sample_manifest()).value()).value();
  EXPECT_EQ(pack.kind(), media_type::kModelManifest);
  EXPECT_EQ(pack.layers, sample_manifest().layers);
}

TEST(ImageManifest, ReadsDockersForm) {
  Json json = Json::parse(encode(sample()).value());
  json["mediaType"] = media_type::kDockerManifest;
  json.erase("artifactType");
  const ImageManifest docker = ImageManifest::parse(json.dump()).value();
  EXPECT_EQ(docker.media_type, media_type::kDockerManifest);
  EXPECT_EQ(docker.kind(), media_type::kEmpty);
  EXPECT_EQ(encode(docker).error().code, Code::Unsupported);
  json.erase("mediaType");
  EXPECT_EQ(ImageManifest::parse(json.dump())->media_type, media_type::kImageManifest);
}

TEST(ImageManifest, RefusesWhatItIsNot) {
  struct Case {
    std::function<void(Json&)> change;
    const char* text;
  };
  for (const Case& c : std::vector<Case>{
           {[](Json& j) { j = 1; }, "expected a JSON object"},
           {[](Json& j) { j["schemaVersion"] = 1; }, "expected 2, got 1"},
           {[](Json& j) { j["mediaType"] = media_type::kImageIndex; }, "no image manifest"},
           {[](Json& j) { j.erase("config"); }, "config"},
           {[](Json& j) { j["layers"] = 1; }, "layers"},
           {[](Json& j) { j["layers"][1]["mediaType"] = "x"; }, "layer 2"},
           {[](Json& j) { j["layers"][1]["digest"] = "sha512:00"; }, "layer 2"},
           {[](Json& j) { j["subject"] = 1; }, "subject"},
           {[](Json& j) { j["artifactType"] = "x"; }, "not a media type"}}) {
    Json json = Json::parse(encode(sample()).value());
    c.change(json);
    const auto manifest = ImageManifest::parse(json.dump());
    ASSERT_FALSE(manifest) << c.text;
    EXPECT_THAT(manifest.error().text, ::testing::HasSubstr(c.text));
  }
}

TEST(ImageManifest, HasALimit) {
  ImageManifest manifest = sample();
  manifest.layers.resize(limits::kManifestLayersMax, empty_descriptor());
  EXPECT_TRUE(ImageManifest::parse(encode(manifest).value()));
  manifest.layers.push_back(empty_descriptor());
  EXPECT_EQ(encode(manifest).error().code, Code::Exhausted);
}

}  // namespace
}  // namespace tegula::content

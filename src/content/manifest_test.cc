#include "content/manifest.h"

#include <cstdlib>
#include <fstream>
#include <functional>
#include <sstream>

#include <gtest/gtest.h>

#include "base/limits.h"
#include "codec/json.h"
#include "content/annotation.h"
#include "content/golden_file.h"
#include "content/layer.h"
#include "content/sample_pack.h"

namespace tegula::content {
namespace {

using codec::Json;

TEST(Manifest, EncodesTheGoldenFile) {
  expect_golden("manifest/modelpack.json", encode(sample_manifest()).value());
}

TEST(Manifest, ParseAndEncodeAreInverse) {
  Manifest manifest = sample_manifest();
  EXPECT_EQ(Manifest::parse(encode(manifest).value()).value(), manifest);
  manifest.annotations.clear();
  manifest.subject = manifest.layers[0];
  manifest.subject->media_type = std::string(media_type::kImageManifest);
  EXPECT_EQ(Manifest::parse(encode(manifest).value()).value(), manifest);
  manifest.layers[0].artifact_type = "a/b";
  EXPECT_EQ(Manifest::parse(encode(manifest).value()).value(), manifest);
}

TEST(Manifest, PassesOverWhatTheSpecificationDoesNotName) {
  Json json = Json::parse(encode(sample_manifest()).value());
  json["x"] = 1;
  json["layers"][0]["urls"] = {"https://example.org/"};
  json["config"]["data"] = "e30=";
  EXPECT_EQ(Manifest::parse(json.dump()).value(), sample_manifest());
}

TEST(Manifest, RefusesWhatItCannotStoreOrLayOut) {
  struct Case {
    const char* name;
    std::function<void(Json&)> change;
    const char* text;  // part of the message
  };
  const std::string path(annotation::kFilePath), metadata(annotation::kFileMetadata);
  const std::string root(annotation::kTreeRoot), piece(annotation::kTreePiece);
  const auto layer = [](const std::string& name, Json value) {
    return [=](Json& m) { m["layers"][1]["annotations"][name] = value; };
  };
  const Case cases[] = {
      {"array", [](Json& m) { m = Json::array(); }, "expected a JSON object"},
      {"version 1", [](Json& m) { m["schemaVersion"] = 1; }, "expected 2, got 1"},
      {"version text", [](Json& m) { m["schemaVersion"] = "2"; }, "schemaVersion"},
      {"no version", [](Json& m) { m.erase("schemaVersion"); }, "schemaVersion"},
      {"index", [](Json& m) { m["mediaType"] = "application/vnd.oci.image.index.v1+json"; },
       "mediaType"},
      {"no media type", [](Json& m) { m.erase("mediaType"); }, "mediaType"},
      {"other artifact", [](Json& m) { m["artifactType"] = "a/b"; }, "artifactType"},
      {"no artifact type", [](Json& m) { m.erase("artifactType"); }, "artifactType"},
      {"no config", [](Json& m) { m.erase("config"); }, "config"},
      {"config text", [](Json& m) { m["config"] = "x"; }, "config"},
      {"config type", [](Json& m) { m["config"]["mediaType"] = "a/b"; }, "config"},
      {"config too large", [](Json& m) { m["config"]["size"] = limits::kConfigBytesMax + 1; },
       "at most"},
      {"no layers", [](Json& m) { m.erase("layers"); }, "layers"},
      {"empty layers", [](Json& m) { m["layers"] = Json::array(); }, "there are no layers"},
      {"layers object", [](Json& m) { m["layers"] = Json::object(); }, "layers"},
      {"layer number", [](Json& m) { m["layers"][1] = 1; }, "layer 2 of"},
      {"short digest", [](Json& m) { m["layers"][1]["digest"] = "sha256:12"; }, "layer 2 of"},
      {"upper digest", [](Json& m) { m["layers"][1]["digest"] = "sha256:" + std::string(64, 'A'); },
       "layer 2 of"},
      {"sha512", [](Json& m) { m["layers"][1]["digest"] = "sha512:" + std::string(128, 'a'); },
       "layer 2 of"},
      {"no digest", [](Json& m) { m["layers"][1].erase("digest"); }, "digest"},
      {"negative size", [](Json& m) { m["layers"][1]["size"] = -1; }, "size"},
      {"fraction", [](Json& m) { m["layers"][1]["size"] = 1.5; }, "size"},
      {"text size", [](Json& m) { m["layers"][1]["size"] = "1"; }, "size"},
      {"no size", [](Json& m) { m["layers"][1].erase("size"); }, "size"},
      {"too large", [](Json& m) { m["layers"][1]["size"] = limits::kBlobBytesMax + 1; }, "at most"},
      {"private type", [](Json& m) { m["layers"][1]["mediaType"] = "application/vnd.x"; },
       "layer type"},
      {"bad type", [](Json& m) { m["layers"][1]["mediaType"] = "x"; }, "media type"},
      {"no path", [&](Json& m) { m["layers"][1]["annotations"].erase(path); }, "missing"},
      {"no annotations", [](Json& m) { m["layers"][1].erase("annotations"); }, "missing"},
      {"absolute path", layer(path, "/etc/passwd"), "relative"},
      {"path upwards", layer(path, "../x"), "not allowed"},
      {"path inside upwards", layer(path, "a/../../x"), "not allowed"},
      {"empty path", layer(path, ""), "empty"},
      {"number annotation", layer(path, 1), "expected a string"},
      {"metadata", layer(metadata, "{}"), "name"},
      {"metadata text", layer(metadata, "x"), "metadata"},
      {"root", layer(root, "12"), "dev.tegula.tree.root"},
      {"root upper case", layer(root, std::string(64, 'A')), "dev.tegula.tree.root"},
      {"piece", layer(piece, "16384"), "expected \"1048576\""},
      {"root alone", [&](Json& m) { m["layers"][1]["annotations"].erase(piece); }, "together"},
      {"annotations list", [](Json& m) { m["annotations"] = Json::array(); }, "annotations"},
      {"subject", [](Json& m) { m["subject"] = {{"mediaType", "a/b"}}; }, "subject"},
      {"same path",
       [&](Json& m) { m["layers"][1]["annotations"][path] = m["layers"][0]["annotations"][path]; },
       "twice"},
  };
  const std::string good = encode(sample_manifest()).value();
  for (const Case& c : cases) {
    Json json = Json::parse(good);
    c.change(json);
    const auto manifest = Manifest::parse(json.dump());
    ASSERT_FALSE(manifest) << c.name;
    EXPECT_TRUE(manifest.error().text.starts_with("manifest: ")) << manifest.error().text;
    EXPECT_NE(manifest.error().text.find(c.text), std::string::npos)
        << c.name << ": " << manifest.error().text;
  }
  for (const char* bad : {"", "{", "null", "{\"schemaVersion\":2,\"schemaVersion\":2}"})
    EXPECT_FALSE(Manifest::parse(bad)) << bad;
}

TEST(Manifest, EncodeRefusesWhatParseWould) {
  Manifest manifest = sample_manifest();
  manifest.layers.clear();
  EXPECT_FALSE(encode(manifest));
  manifest = sample_manifest();
  manifest.layers[0].annotations.find(annotation::kFilePath)->second = "../x";
  EXPECT_FALSE(encode(manifest));
  manifest = sample_manifest();
  manifest.annotations["x"] = "\xff";
  EXPECT_FALSE(encode(manifest));
}

TEST(Manifest, HoldsItsLimits) {
  Manifest manifest = sample_manifest();
  manifest.layers.clear();
  for (std::size_t i = 0; i < limits::kManifestLayersMax; ++i)
    manifest.layers.push_back(sample_layer("f" + std::to_string(i)));
  EXPECT_TRUE(Manifest::parse(encode(manifest).value()));
  manifest.layers.push_back(sample_layer("one-more"));
  EXPECT_EQ(encode(manifest).error().code, Code::Exhausted);

  std::string text = encode(sample_manifest()).value();
  text.append(limits::kManifestBytesMax - text.size(), ' ');
  EXPECT_TRUE(Manifest::parse(text));
  EXPECT_EQ(Manifest::parse(text + " ").error().code, Code::Exhausted);
}

TEST(Manifest, ListsItsBlobsAndFindsLayers) {
  const Manifest manifest = sample_manifest();
  EXPECT_EQ(blobs_of(manifest).size(), 1 + manifest.layers.size());
  EXPECT_EQ(blobs_of(manifest)[0], &manifest.config);
  EXPECT_EQ(find_layer(manifest, "tegula.json"), &manifest.layers[0]);
  EXPECT_EQ(find_layer(manifest, "nothing"), nullptr);
}

}  // namespace
}  // namespace tegula::content

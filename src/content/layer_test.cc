#include "content/layer.h"

#include <gtest/gtest.h>

#include "base/limits.h"
#include "content/annotation.h"
#include "content/sample_pack.h"

namespace tegula::content {
namespace {

const FileMetadata kMetadata{.name = "config.json", .size = 39, .mtime = "1970-01-01T00:00:00Z"};
constexpr std::string_view kMetadataJson =
    R"({"name":"config.json","mode":420,"uid":0,"gid":0,"size":39,)"
    R"("mtime":"1970-01-01T00:00:00Z","typeflag":0})";

TEST(Layer, NamesItsFileForEveryConsumer) {
  const Descriptor layer = layer_of("dir/model.gguf", "GGUF");
  EXPECT_EQ(layer.media_type, media_type::kWeight);
  EXPECT_EQ(layer.size, 4U);
  EXPECT_EQ(file_path(layer), "dir/model.gguf");
  EXPECT_EQ(*find_annotation(layer.annotations, annotation::kTitle), "dir/model.gguf");
  EXPECT_EQ(*find_annotation(layer.annotations, annotation::kUntested), "false");
  EXPECT_EQ(*find_annotation(layer.annotations, annotation::kTreePiece), "1048576");
  // A blob of one block is its own tree.
  EXPECT_EQ(tree_root(layer).value(), layer.digest.hash());
  EXPECT_TRUE(check_layer(layer));
}

TEST(FileMetadata, ParseAndEncodeAreInverse) {
  EXPECT_EQ(encode(kMetadata), kMetadataJson);
  EXPECT_EQ(parse_file_metadata(kMetadataJson).value(), kMetadata);
  // RamaLama writes the flag as a character.
  const FileMetadata other{.name = "é",
                           .mode = 0,
                           .uid = 1,
                           .gid = 4294967295U,
                           .size = 1ULL << 40,
                           .mtime = "2026-11-23T06:45:26.5+01:00",
                           .typeflag = 48};
  EXPECT_EQ(parse_file_metadata(encode(other)).value(), other);
}

TEST(FileMetadata, NeedsAllSevenMembers) {
  for (const char* name : {"name", "mode", "uid", "gid", "size", "mtime", "typeflag"}) {
    std::string json(kMetadataJson);
    json.replace(json.find(name), std::string_view(name).size(), "other");
    EXPECT_FALSE(parse_file_metadata(json)) << name;
  }
  const std::pair<std::string_view, std::string_view> changes[] = {
      {"\"config.json\"", "1"},
      {"420", "4294967296"},
      {"420", "-1"},
      {"\"typeflag\":0", "\"typeflag\":256"},
      {"1970-01-01T00:00:00Z", "yesterday"},
  };
  for (const auto& [from, to] : changes) {
    std::string json(kMetadataJson);
    json.replace(json.find(from), from.size(), to);
    EXPECT_FALSE(parse_file_metadata(json)) << json;
  }
  for (const char* bad : {"", "[]", "{}", "null"}) EXPECT_FALSE(parse_file_metadata(bad)) << bad;
}

TEST(Layer, ForeignLayersNeedOnlyTypeAndPath) {
  Descriptor layer = sample_layer("a.tar");
  layer.media_type = "application/vnd.cncf.model.weight.v1.tar";
  layer.annotations = {{std::string(annotation::kFilePath), "a.tar"}};
  EXPECT_TRUE(check_layer(layer));
  EXPECT_FALSE(tree_root(layer));
  layer.annotations.emplace(annotation::kUntested, "yes");
  EXPECT_FALSE(check_layer(layer));
}

TEST(DateTime, HasTheFormOfRfc3339) {
  for (const char* good :
       {"1970-01-01T00:00:00Z", "2026-12-31T23:59:60z", "2026-11-23t06:45:26.123Z",
        "2026-11-23T06:45:26+01:00", "2026-11-23T06:45:26.1-23:59"})
    EXPECT_TRUE(is_date_time(good)) << good;
  for (const char* bad :
       {"", "1970-01-01", "1970-01-01T00:00:00", "1970-01-01 00:00:00Z", "1970-13-01T00:00:00Z",
        "1970-00-01T00:00:00Z", "1970-01-32T00:00:00Z", "1970-01-01T24:00:00Z",
        "1970-01-01T00:60:00Z", "1970-01-01T00:00:00.Z", "1970-01-01T00:00:00.5",
        "1970-01-01T00:00:00+1:00", "1970-01-01T00:00:00+24:00", "1970-01-01T00:00:00ZZ",
        "x970-01-01T00:00:00Z", "70-01-01T00:00:00Z"})
    EXPECT_FALSE(is_date_time(bad)) << bad;
}

}  // namespace
}  // namespace tegula::content

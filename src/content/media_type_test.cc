#include "content/media_type.h"

#include <string>

#include <gtest/gtest.h>

namespace tegula::content {
namespace {

TEST(MediaType, KnowsTheTwentyLayerTypes) {
  int known = 0;
  for (const char* kind : {"weight", "weight.config", "doc", "code", "dataset"})
    for (const char* form : {"raw", "tar", "tar+gzip", "tar+zstd"})
      known +=
          layer_type(std::string("application/vnd.cncf.model.") + kind + ".v1." + form) ? 1 : 0;
  EXPECT_EQ(known, 20);
  EXPECT_EQ(layer_type(media_type::kWeightConfig),
            (LayerType{LayerKind::WeightConfig, LayerForm::Raw}));
  EXPECT_EQ(layer_type(media_type::kDataset), (LayerType{LayerKind::Dataset, LayerForm::Raw}));
}

TEST(MediaType, KnowsNoOther) {
  for (const char* other :
       {"", "weight.v1.raw", "application/vnd.cncf.model.weight.raw",
        "application/vnd.cncf.model.weight.v2.raw", "application/vnd.cncf.model.weight.v1.zip",
        "application/vnd.cncf.model.weight.v1.rawx", "application/vnd.cncf.model.Weight.v1.raw",
        "application/vnd.cncf.model.weight.v1.config.raw", "application/vnd.ollama.image.model",
        "application/octet-stream"})
    EXPECT_FALSE(layer_type(other)) << other;
}

TEST(MediaType, HasTheFormOfRfc6838) {
  const std::string longest(127, 'a');
  for (const std::string& good : {std::string("a/b"), std::string(media_type::kImageManifest),
                                  longest + "/" + longest, std::string("a/b+c.d-e_f")})
    EXPECT_TRUE(is_media_type(good)) << good;
  for (const std::string& bad :
       {std::string(), std::string("a"), std::string("/b"), std::string("a/"), std::string("a/b/c"),
        std::string("a/b c"), std::string(".a/b"), longest + "a/b", "b/" + longest + "a",
        std::string("a/b\n")})
    EXPECT_FALSE(is_media_type(bad)) << bad;
}

}  // namespace
}  // namespace tegula::content

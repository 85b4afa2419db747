#include <fstream>

#include "sdk/sample_home_test.h"

namespace tegula::sdk {
namespace {

class PackTest : public SampleHome {
 protected:
  void SetUp() override {
    SampleHome::SetUp();
    tegula_build_result_free(build(path("m.gguf")));
  }

  // The weights; null if there are none.
  static const tegula_layer* weights_of(const tegula_pack* pack) {
    for (std::size_t i = 0; i < tegula_pack_count(pack); ++i)
      if (std::string_view(tegula_pack_layer(pack, i)->path) == "m.gguf")
        return tegula_pack_layer(pack, i);
    return nullptr;
  }
};

TEST_F(PackTest, HasLayersAndAManifest) {
  tegula_pack* pack = nullptr;
  ASSERT_EQ(code_of(tegula_pack_open(home_, "m", &pack)), TEGULA_OK);
  const tegula_layer* layer = weights_of(pack);
  ASSERT_NE(layer, nullptr);
  EXPECT_EQ(layer->bytes, launch::sample_model().size());
  EXPECT_NE(std::strstr(tegula_pack_manifest(pack), layer->digest), nullptr);
  EXPECT_EQ(tegula_pack_layer(pack, tegula_pack_count(pack)), nullptr);
  EXPECT_EQ(code_of(tegula_pack_verify(pack, nullptr)), TEGULA_OK);
  tegula_pack_free(pack);
}

TEST_F(PackTest, AFlippedBitIsNamed) {
  tegula_pack* pack = nullptr;
  ASSERT_EQ(code_of(tegula_pack_open(home_, "m", &pack)), TEGULA_OK);
  const std::string hex = std::string(weights_of(pack)->digest).substr(7);
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_ / "home")) {
    if (entry.path().filename() != hex || !entry.path().string().contains("blobs")) continue;
    std::string bytes = launch::sample_model();
    bytes[bytes.size() / 2] ^= 1;
    std::filesystem::remove(entry.path());
    std::ofstream(entry.path()) << bytes;
    break;
  }
  tegula_error* error = tegula_pack_verify(pack, nullptr);
  EXPECT_EQ(tegula_error_code(error), TEGULA_CORRUPT);
  EXPECT_NE(std::strstr(tegula_error_text(error), "m.gguf"), nullptr);
  tegula_error_free(error);
  tegula_pack_free(pack);
}

TEST_F(PackTest, RefusesWhatIsNone) {
  tegula_pack* pack = nullptr;
  EXPECT_EQ(code_of(tegula_pack_open(home_, "other", &pack)), TEGULA_NOT_FOUND);
  EXPECT_EQ(code_of(tegula_pack_open(home_, "?", &pack)), TEGULA_INVALID_ARGUMENT);
  EXPECT_EQ(code_of(tegula_pack_open(nullptr, "m", &pack)), TEGULA_INVALID_ARGUMENT);
  EXPECT_EQ(pack, nullptr);
  EXPECT_EQ(code_of(tegula_pack_verify(nullptr, nullptr)), TEGULA_INVALID_ARGUMENT);
  EXPECT_EQ(tegula_pack_count(nullptr), 0U);
  EXPECT_STREQ(tegula_pack_digest(nullptr), "");
  tegula_pack_free(nullptr);
}

}  // namespace
}  // namespace tegula::sdk

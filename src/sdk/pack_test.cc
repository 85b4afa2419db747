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

  // In the middle of the weights.
  void flip_a_bit(const tegula_pack* pack) {
    const std::string hex = std::string(weights_of(pack)->digest).substr(7);
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_ / "home")) {
      if (entry.path().filename() != hex || !entry.path().string().contains("blobs")) continue;
      std::string bytes = launch::sample_model();
      bytes[bytes.size() / 2] ^= 1;
      std::filesystem::remove(entry.path());
      std::ofstream(entry.path()) << bytes;
      break;
    }
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
  flip_a_bit(pack);
  tegula_error* error = tegula_pack_verify(pack, nullptr);
  EXPECT_EQ(tegula_error_code(error), TEGULA_CORRUPT);
  EXPECT_NE(std::strstr(tegula_error_text(error), "m.gguf"), nullptr);
  tegula_error_free(error);
  tegula_pack_free(pack);
}

// The index of the weights.
std::size_t weights_index(const tegula_pack* pack) {
  std::size_t out = 0;
  while (std::string_view(tegula_pack_layer(pack, out)->path) != "m.gguf") ++out;
  return out;
}

TEST_F(PackTest, ALayersBytesCanBeRead) {
  tegula_pack* pack = nullptr;
  ASSERT_EQ(code_of(tegula_pack_open(home_, "m", &pack)), TEGULA_OK);
  tegula_reader* reader = nullptr;
  ASSERT_EQ(code_of(tegula_pack_reader(pack, weights_index(pack), nullptr, &reader)), TEGULA_OK);
  tegula_pack_free(pack);  // the reader lives on
  const std::string bytes = launch::sample_model();
  std::string out(bytes.size() + 10, '?');
  std::size_t length = 99;
  ASSERT_EQ(code_of(tegula_reader_read(reader, 0, out.data(), out.size(), &length)), TEGULA_OK);
  EXPECT_EQ(out.substr(0, length), bytes);
  ASSERT_EQ(code_of(tegula_reader_read(reader, 3, out.data(), 4, &length)), TEGULA_OK);
  EXPECT_EQ(out.substr(0, length), bytes.substr(3, 4));
  ASSERT_EQ(code_of(tegula_reader_read(reader, bytes.size(), out.data(), 4, &length)), TEGULA_OK);
  EXPECT_EQ(length, 0U);
  EXPECT_EQ(code_of(tegula_reader_read(reader, 0, nullptr, 0, &length)), TEGULA_OK);
  tegula_reader_free(reader);
}

TEST_F(PackTest, NoChangedBytesAreGivenOut) {
  tegula_pack* pack = nullptr;
  ASSERT_EQ(code_of(tegula_pack_open(home_, "m", &pack)), TEGULA_OK);
  flip_a_bit(pack);
  tegula_reader* reader = nullptr;
  ASSERT_EQ(code_of(tegula_pack_reader(pack, weights_index(pack), nullptr, &reader)), TEGULA_OK);
  std::string out(16, '?');
  std::size_t length = 99;
  tegula_error* error = tegula_reader_read(reader, 0, out.data(), out.size(), &length);
  EXPECT_EQ(tegula_error_code(error), TEGULA_CORRUPT);
  EXPECT_NE(std::strstr(tegula_error_text(error), "m.gguf"), nullptr);
  EXPECT_EQ(length, 0U);
  EXPECT_EQ(out, std::string(16, '?'));
  tegula_error_free(error);
  tegula_reader_free(reader);
  tegula_pack_free(pack);
}

TEST_F(PackTest, ReadersNeedALayerAndAPlace) {
  tegula_pack* pack = nullptr;
  ASSERT_EQ(code_of(tegula_pack_open(home_, "m", &pack)), TEGULA_OK);
  tegula_reader* reader = nullptr;
  EXPECT_EQ(code_of(tegula_pack_reader(pack, tegula_pack_count(pack), nullptr, &reader)),
            TEGULA_INVALID_ARGUMENT);
  EXPECT_EQ(code_of(tegula_pack_reader(nullptr, 0, nullptr, &reader)), TEGULA_INVALID_ARGUMENT);
  EXPECT_EQ(reader, nullptr);
  ASSERT_EQ(code_of(tegula_pack_reader(pack, 0, nullptr, &reader)), TEGULA_OK);
  char byte = 0;
  std::size_t length = 99;
  EXPECT_EQ(code_of(tegula_reader_read(nullptr, 0, &byte, 1, &length)), TEGULA_INVALID_ARGUMENT);
  EXPECT_EQ(length, 0U);
  EXPECT_EQ(code_of(tegula_reader_read(reader, 0, nullptr, 1, &length)), TEGULA_INVALID_ARGUMENT);
  EXPECT_EQ(code_of(tegula_reader_read(reader, 0, &byte, 1, nullptr)), TEGULA_INVALID_ARGUMENT);
  tegula_reader_free(reader);
  tegula_reader_free(nullptr);
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

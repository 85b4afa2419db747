#include "content/checked_reader.h"

#include <gtest/gtest.h>

#include "content/annotation.h"
#include "content/temporary_store.h"

namespace tegula::content {
namespace {

constexpr std::uint64_t kPiece = limits::kTreePieceBytes;

class CheckedReaderTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const Digest digest = build(t.store, "a", {{"model.gguf", bytes}, {"empty", ""}}).value();
    const Manifest manifest = t.store.read_manifest(digest).value();
    layer = manifest.layers[0];
    empty = manifest.layers[1];
  }
  Result<CheckedReader> open() { return t.store.open_reader(*layer, t.progress, Stop()); }
  os::Path path() { return t.context.layout.blob(layer->digest); }

  static Result<std::string> read(CheckedReader& reader, std::uint64_t offset, std::size_t size) {
    Bytes out(size);
    out.resize(TRY(reader.read_at(offset, out)));
    return std::string(text_of(out));
  }

  TemporaryStore t;
  const std::string bytes = noise(3 * kPiece + 5);
  std::optional<Descriptor> layer, empty;
};

TEST_F(CheckedReaderTest, ReadsFromAnyPlaceOn) {
  CheckedReader reader = open().value();
  struct Case {
    std::uint64_t offset;
    std::size_t size;
  };
  const Case cases[] = {{0, 1},           {0, bytes.size()},  {kPiece - 1, 2},
                        {2 * kPiece, 10}, {kPiece, kPiece},   {5, 3 * kPiece - 10},
                        {0, 0},           {3 * kPiece + 4, 1}};
  for (const Case& c : cases)
    EXPECT_EQ(read(reader, c.offset, c.size).value(), bytes.substr(c.offset, c.size)) << c.offset;
}

TEST_F(CheckedReaderTest, GivesLessOnlyAtTheEnd) {
  CheckedReader reader = open().value();
  EXPECT_EQ(read(reader, 3 * kPiece, 100).value(), bytes.substr(3 * kPiece));
  EXPECT_EQ(read(reader, bytes.size(), 100).value(), "");
  EXPECT_EQ(read(reader, ~std::uint64_t{0}, 100).value(), "");
  CheckedReader none = t.store.open_reader(*empty, t.progress, Stop()).value();
  EXPECT_EQ(read(none, 0, 100).value(), "");
}

TEST_F(CheckedReaderTest, GivesNothingOfAPieceThatDiffers) {
  flip(path(), 2 * kPiece + 17);
  CheckedReader reader = open().value();
  EXPECT_EQ(read(reader, 0, 2 * kPiece).value(), bytes.substr(0, 2 * kPiece));
  for (const std::uint64_t offset : {2 * kPiece, 2 * kPiece - 1, 3 * kPiece - 1}) {
    const auto bad = read(reader, offset, 2);
    ASSERT_FALSE(bad) << offset;
    EXPECT_EQ(bad.error().code, Code::Corrupt);
    EXPECT_TRUE(bad.error().text.starts_with("layer \"model.gguf\": piece 2 (at byte 2097152)"))
        << bad.error().text;
    EXPECT_NE(bad.error().hint.find("tegula store repair"), std::string::npos);
  }
  EXPECT_EQ(read(reader, 3 * kPiece, 5).value(), bytes.substr(3 * kPiece));
}

TEST_F(CheckedReaderTest, SeesWhatChangesMeanwhile) {
  CheckedReader reader = open().value();
  EXPECT_EQ(read(reader, 0, 4).value(), bytes.substr(0, 4));
  flip(path(), 2);
  EXPECT_EQ(read(reader, 0, 4).value(), bytes.substr(0, 4)) << "checked before, and in memory";
  EXPECT_TRUE(read(reader, kPiece, 4));
  EXPECT_EQ(read(reader, 0, 4).error().code, Code::Corrupt);
  overwrite(path(), bytes.substr(0, kPiece + 5));
  EXPECT_TRUE(read(reader, 0, kPiece)) << "as it was";
  EXPECT_EQ(read(reader, kPiece, 10).error().code, Code::Corrupt) << "it became shorter";
}

TEST_F(CheckedReaderTest, WithoutATreeTheDigestDecides) {
  std::filesystem::remove(t.context.layout.tree(layer->digest));
  layer->annotations.erase(std::string(annotation::kTreeRoot));
  CheckedReader reader = open().value();
  EXPECT_EQ(read(reader, kPiece - 1, 2).value(), bytes.substr(kPiece - 1, 2));
  flip(path(), 5);
  EXPECT_EQ(read(reader, 0, 2).error().code, Code::Corrupt) << "after it was opened";
  EXPECT_EQ(open().error().code, Code::Corrupt);
  StopSource source;
  source.cancel();
  EXPECT_EQ(t.store.open_reader(*layer, t.progress, source.stop()).error().code, Code::Cancelled);
}

TEST_F(CheckedReaderTest, ATamperedTreeHelpsNobody) {
  const std::string other = noise(bytes.size(), 2);
  overwrite(path(), other);
  overwrite(t.context.layout.tree(layer->digest), text_of(encode(tree_of(bytes_of(other)))));
  EXPECT_EQ(open().error().code, Code::Corrupt);
}

TEST_F(CheckedReaderTest, SaysWhatIsMissing) {
  std::filesystem::remove(path());
  EXPECT_EQ(open().error().code, Code::NotFound);
}

}  // namespace
}  // namespace tegula::content

#include "content/verified_blob.h"

#include <gtest/gtest.h>

#include "content/annotation.h"
#include "content/temporary_store.h"

namespace tegula::content {
namespace {

class Verified : public ::testing::Test {
 protected:
  void SetUp() override {
    const Digest digest = build(t.store, "a", {{"model.gguf", bytes}}).value();
    layer = t.store.read_manifest(digest).value().layers[0];
  }
  Result<VerifiedBlob> open() { return t.store.open_verified(*layer, t.progress, Stop()); }
  os::Path path() { return t.context.layout.blob(layer->digest); }

  TemporaryStore t;
  const std::string bytes = noise(3 * limits::kMiB + 5);
  std::optional<Descriptor> layer;
};

TEST_F(Verified, HoldsTheFileThatWasChecked) {
  const VerifiedBlob blob = open().value();
  EXPECT_FALSE(blob.was_remembered());
  EXPECT_EQ(blob.descriptor(), *layer);
  // The name may change under it; the file stays what it was.
  std::filesystem::remove(path());
  Bytes read(bytes.size());
  ASSERT_EQ(blob.file().read_at(0, read).value(), bytes.size());
  EXPECT_EQ(text_of(read), bytes);
  EXPECT_GE(blob.file().descriptor(), 0);
}

TEST_F(Verified, IsRemembered) {
  ASSERT_FALSE(open().value().was_remembered());
  EXPECT_TRUE(open().value().was_remembered());
}

TEST_F(Verified, IsNotRememberedSoonAfterAChange) {
  t.clock = ManualClock(SystemClock().now());  // the blob was made a moment ago
  ASSERT_FALSE(open().value().was_remembered());
  EXPECT_FALSE(open().value().was_remembered());
}

TEST_F(Verified, RefusesAFlippedBitAndNamesThePiece) {
  ASSERT_TRUE(open());  // remembered, and noticed all the same
  flip(path(), 2 * limits::kMiB + 17);
  const auto blob = open();
  ASSERT_FALSE(blob);
  EXPECT_EQ(blob.error().code, Code::Corrupt);
  EXPECT_TRUE(blob.error().text.starts_with("layer \"model.gguf\": piece 2 (at byte 2097152) of "))
      << blob.error().text;
  EXPECT_NE(blob.error().hint.find("tegula store repair"), std::string::npos);
}

TEST_F(Verified, RefusesAMissingOrShortBlob) {
  overwrite(path(), bytes.substr(1));
  EXPECT_EQ(open().error().code, Code::Corrupt);
  std::filesystem::remove(path());
  EXPECT_EQ(open().error().code, Code::NotFound);
}

TEST_F(Verified, WithoutATreeTheDigestDecides) {
  std::filesystem::remove(t.context.layout.tree(layer->digest));
  EXPECT_TRUE(open());
  flip(path(), 5);
  EXPECT_EQ(open().error().code, Code::Corrupt);
  layer->annotations.erase(std::string(annotation::kTreeRoot));
  EXPECT_EQ(open().error().code, Code::Corrupt);
}

TEST_F(Verified, ATamperedTreeHelpsNobody) {
  // The blob and its tree both replaced: the root in the manifest still decides.
  const std::string other = noise(bytes.size(), 2);
  overwrite(path(), other);
  const Bytes level = encode(tree_of(bytes_of(other)));
  overwrite(t.context.layout.tree(layer->digest), text_of(level));
  EXPECT_EQ(open().error().code, Code::Corrupt);
}

TEST_F(Verified, AnExternalBlobIsCheckedAgainWhenItChanges) {
  const auto lease = t.store.lease().value();
  const std::string other = noise(limits::kMiB + 1, 9);
  const os::Path external = t.write("cache/other.gguf", other);
  ASSERT_EQ(t.store
                .import_file(external, *lease, {.in_place = true, .allow_hard_link = true},
                             t.progress, Stop())
                .value()
                .way,
            ImportWay::InPlace);
  layer = layer_of("other.gguf", other);
  EXPECT_TRUE(open().value().was_remembered());  // hashed a moment ago
  EXPECT_EQ(open().value().path(), external);
  flip(external, limits::kMiB);
  const auto changed = open();
  ASSERT_FALSE(changed);
  EXPECT_NE(changed.error().text.find("piece 1"), std::string::npos);
  EXPECT_NE(changed.error().hint.find("other.gguf"), std::string::npos);
  std::filesystem::remove(external);
  EXPECT_EQ(open().error().code, Code::NotFound);
}

}  // namespace
}  // namespace tegula::content

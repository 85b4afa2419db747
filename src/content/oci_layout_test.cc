#include "content/oci_layout.h"

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "content/manifest_store.h"
#include "content/media_type.h"
#include "content/temporary_store.h"

namespace tegula::content {
namespace {

using ::testing::HasSubstr;

class OciLayoutTest : public ::testing::Test {
 protected:
  Result<ExportReport> put(const Digest& manifest, const std::string& name) {
    return export_layout(from.context, manifest, name, folder, from.progress, {});
  }
  Result<Digest> take(const Descriptor& manifest) {
    const auto lease = to.store.lease().value();
    return import_layout(to.context, folder, manifest, *lease, to.progress, {});
  }
  std::vector<LayoutEntry> entries() { return read_layout(from.fs, folder).value(); }
  os::Path blob(const Digest& digest) const { return folder / "blobs" / "sha256" / digest.hex(); }

  TemporaryStore from, to;
  const os::Path folder = from.outside("layout");
  const Digest pack =
      build(from.store, "a", {{"tegula.json", "{}"}, {"w.gguf", noise(70'000)}}).value();
};

TEST_F(OciLayoutTest, WhatIsExportedComesInAsItWas) {
  const ExportReport report = put(pack, "a:v1").value();
  EXPECT_EQ(report.blobs, 4U);  // config, two layers, manifest
  EXPECT_EQ(report.already_there, 0U);
  EXPECT_EQ(slurp(folder / "oci-layout"), R"({"imageLayoutVersion":"1.0.0"})");
  ASSERT_EQ(entries().size(), 1U);
  EXPECT_EQ(entries()[0].name, "a:v1");
  EXPECT_EQ(entries()[0].manifest.artifact_type, media_type::kModelManifest);
  EXPECT_EQ(take(entries()[0].manifest).value(), pack);
  EXPECT_EQ(to.store.read_manifest_bytes(pack).value(),
            from.store.read_manifest_bytes(pack).value());
  EXPECT_TRUE(to.store.verify(pack, to.progress, {}).value().is_good());
}

TEST_F(OciLayoutTest, HoldsManyModels) {
  ASSERT_TRUE(put(pack, "a"));
  const Digest other =
      build(from.store, "b", {{"tegula.json", "{}"}, {"w.gguf", noise(70'000)}, {"x", "y"}})
          .value();
  const ExportReport second = put(other, "b").value();
  EXPECT_EQ(second.already_there, 2U) << "layers that both have";
  EXPECT_EQ(entries().size(), 2U);
  ASSERT_TRUE(put(other, "a"));
  ASSERT_EQ(entries().size(), 2U) << "a name leads to one model";
  EXPECT_EQ(entries()[1].name, "a");
  EXPECT_EQ(entries()[1].manifest.digest, other);
}

TEST_F(OciLayoutTest, TakesNoFolderOfAnotherKind) {
  from.write("layout/notes.txt", "mine");
  EXPECT_EQ(put(pack, "a").error().code, Code::InvalidArgument);
  EXPECT_EQ(read_layout(from.fs, folder).error().code, Code::InvalidArgument);
  from.write("layout/oci-layout", R"({"imageLayoutVersion":"2.0.0"})");
  EXPECT_EQ(read_layout(from.fs, folder).error().code, Code::Unsupported);
}

TEST_F(OciLayoutTest, RefusesWhatHasAnotherDigest) {
  ASSERT_TRUE(put(pack, "a"));
  const Manifest manifest = from.store.read_manifest(pack).value();
  flip(blob(manifest.layers[1].digest), 5);
  const Error error = take(entries()[0].manifest).error();
  EXPECT_EQ(error.code, Code::Corrupt);
  EXPECT_THAT(error.text, HasSubstr("w.gguf"));
  flip(blob(pack), 5);
  EXPECT_EQ(take(entries()[0].manifest).error().code, Code::Corrupt);
  std::filesystem::remove(blob(pack));
  EXPECT_EQ(take(entries()[0].manifest).error().code, Code::NotFound);
  EXPECT_FALSE(has_manifest(to.context, pack).value());
}

// By its size already: what is not the blob may be a whole disk long.
TEST_F(OciLayoutTest, CopiesNothingOfAnotherSize) {
  ASSERT_TRUE(put(pack, "a"));
  const Manifest manifest = from.store.read_manifest(pack).value();
  std::filesystem::resize_file(blob(manifest.layers[1].digest), 70'001);
  const Error error = take(entries()[0].manifest).error();
  EXPECT_EQ(error.code, Code::Corrupt);
  EXPECT_THAT(error.text, HasSubstr("want 70000, got 70001"));
}

TEST_F(OciLayoutTest, TakesNoReferrersBlobOfAnotherSize) {
  const auto lease = from.store.lease().value();
  ASSERT_TRUE(from.store.put_bytes(bytes_of("{}"), *lease));
  const StoredBlob note = from.store.put_bytes(bytes_of("said"), *lease).value();
  const ImageManifest referrer{
      .media_type = std::string(media_type::kImageManifest),
      .artifact_type = std::string(media_type::kInToto),
      .config = empty_descriptor(),
      .layers = {{std::string(media_type::kInToto), note.digest, note.size}},
      .subject = Descriptor{.media_type = std::string(media_type::kImageManifest),
                            .digest = pack,
                            .size = from.store.read_manifest_bytes(pack)->size()}};
  ASSERT_TRUE(from.store.put_referrer(encode(referrer).value(), *lease));
  ASSERT_TRUE(put(pack, "a"));
  const std::string more(1 << 20, 'x');
  overwrite(blob(note.digest), more);
  ASSERT_TRUE(take(entries()[0].manifest));
  EXPECT_TRUE(to.store.referrers(pack)->empty());
  EXPECT_FALSE(to.store.has_blob(Digest::of(bytes_of(more)), more.size()).value());
}

TEST_F(OciLayoutTest, NeverExportsBadBytes) {
  const Manifest manifest = from.store.read_manifest(pack).value();
  flip(from.context.layout.blob(manifest.layers[1].digest), 5);
  EXPECT_EQ(put(pack, "a").error().code, Code::Corrupt);
  EXPECT_TRUE(entries().empty());
}

}  // namespace
}  // namespace tegula::content

#include "content/target_index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "content/annotation.h"
#include "content/media_type.h"
#include "content/temporary_store.h"

namespace tegula::content {
namespace {

using ::testing::HasSubstr;

class TargetIndexTest : public ::testing::Test {
 protected:
  Digest pack(std::string_view bytes) {
    PackFiles files = sample_files();
    files[1].second += bytes;
    return put_pack(t.store, files, *lease).value();
  }

  Digest put(const std::string& text) { return t.store.put_index(text, *lease).value(); }

  TemporaryStore t;
  std::unique_ptr<Lease> lease = t.store.lease().value();
  Digest q8 = pack("q8");
  Digest mlx = pack("mlx");
  std::string json =
      make_target_index({{q8, "gguf", "gguf-q8_0"}, {mlx, "mlx", "mlx-4bit"}}, t.store).value();
};

TEST_F(TargetIndexTest, SaysTargetAndPlatform) {
  const ImageIndex index = ImageIndex::parse(json).value();
  EXPECT_EQ(index.artifact_type, media_type::kModelManifest);
  ASSERT_EQ(index.manifests.size(), 2);
  EXPECT_EQ(index.manifests[0].platform, std::nullopt);
  EXPECT_EQ(index.manifests[1].platform, (Platform{"darwin", "arm64"}));
  EXPECT_EQ(target_name(index.manifests[1]), "mlx-4bit");
  EXPECT_EQ(*find_annotation(index.manifests[1].annotations, annotation::kTarget), "mlx");
  EXPECT_EQ(index.manifests[1].size, t.store.read_manifest_bytes(mlx)->size());
  EXPECT_EQ(make_target_index({{Digest::of({}), "gguf", "gguf"}}, t.store).error().code,
            Code::NotFound);
}

TEST_F(TargetIndexTest, NamesDoNotDriveTheTerminal) {
  Descriptor entry = ImageIndex::parse(json).value().manifests[0];
  entry.annotations.insert_or_assign(std::string(annotation::kTitle), "\x1b[2J");
  EXPECT_EQ(target_name(entry), "<U+001B>[2J");
}

TEST_F(TargetIndexTest, IsNoModelAndLeadsToThem) {
  const Digest all = put(json);
  EXPECT_EQ(put(json), all);
  EXPECT_EQ(t.store.packs_of(all).value(), (std::vector{q8, mlx}));
  EXPECT_EQ(t.store.packs_of(q8).value(), std::vector{q8});
  EXPECT_EQ(t.store.read_index(q8).value(), std::nullopt);
  const Error error = t.store.read_manifest(all).error();
  EXPECT_EQ(error.code, Code::InvalidArgument);
  EXPECT_THAT(error.text, HasSubstr("an index of 2 models"));
  EXPECT_THAT(error.hint, HasSubstr("gguf-q8_0, mlx-4bit"));
}

TEST_F(TargetIndexTest, IsRefusedWithoutItsModels) {
  const auto code = [&](const std::string& text) {
    return t.store.put_index(text, *lease).error().code;
  };
  EXPECT_EQ(code("{}"), Code::InvalidArgument);
  EXPECT_EQ(code(encode(ImageIndex()).value()), Code::InvalidArgument);
  ImageIndex index = ImageIndex::parse(json).value();
  ++index.manifests[0].size;
  EXPECT_EQ(code(encode(index).value()), Code::Corrupt);
  index.manifests[0].digest = Digest::of({});
  EXPECT_EQ(code(encode(index).value()), Code::NotFound);
  // An index of indexes leads nowhere that could be run.
  index = ImageIndex::parse(json).value();
  index.manifests[0].digest = put(json);
  index.manifests[0].size = json.size();
  EXPECT_EQ(code(encode(index).value()), Code::Unsupported);
}

TEST_F(TargetIndexTest, KeepsItsModelsFromCollection) {
  ASSERT_TRUE(t.store.tag(named("m:v1-all"), put(json), "built"));
  lease.reset();
  const GcOptions all{.grace = std::chrono::seconds(0)};
  EXPECT_TRUE(t.store.gc(all)->manifests.empty());
  EXPECT_TRUE(t.store.verify(t.progress, Stop())->is_good());
  ASSERT_TRUE(t.store.copy(named("m:v1-all"), named("m:v2-all")));
  ASSERT_TRUE(t.store.remove(named("m:v1-all")));
  EXPECT_TRUE(t.store.gc(all)->manifests.empty());
  ASSERT_TRUE(t.store.remove(named("m:v2-all")));
  EXPECT_EQ(t.store.gc(all)->manifests.size(), 3);  // both packs, and the index
  EXPECT_EQ(t.store.usage(all)->blob_bytes, 0);
}

TEST_F(TargetIndexTest, IsVerifiedModelByModel) {
  const Digest all = put(json);
  const Manifest manifest = t.store.read_manifest(mlx).value();
  const Descriptor* weights = find_layer(manifest, sample_files()[1].first);
  EXPECT_EQ(t.store.verify(all, t.progress, Stop())->blob_count,
            blobs_of(manifest).size() + 2);  // they share all but config and weights
  flip(t.store.blob_path(*weights).value(), 5);
  const VerifyReport report = t.store.verify(all, t.progress, Stop()).value();
  ASSERT_EQ(report.faults.size(), 1);
  EXPECT_EQ(report.faults[0].digest, weights->digest);
}

TEST_F(TargetIndexTest, GoesThroughAFolder) {
  const Digest all = put(json);
  const os::Path folder = t.outside("layout");
  const ExportReport report =
      t.store.export_layout(all, "m:v1-all", folder, t.progress, Stop()).value();
  EXPECT_EQ(t.store.export_layout(all, "m:v1-all", folder, t.progress, Stop())->bytes, 0);
  EXPECT_GT(report.bytes, 0);
  const std::vector<LayoutEntry> entries = read_layout(t.fs, folder).value();
  ASSERT_EQ(entries.size(), 1);
  EXPECT_EQ(entries[0].manifest.media_type, media_type::kImageIndex);
  TemporaryStore other;
  const auto there = other.store.lease().value();
  EXPECT_EQ(other.store.import_layout(folder, entries[0].manifest, *there, other.progress, Stop())
                .value(),
            all);
  EXPECT_TRUE(other.store.verify(all, other.progress, Stop())->is_good());
}

}  // namespace
}  // namespace tegula::content

#include "content/manifest_store.h"

#include <gtest/gtest.h>

#include "content/annotation.h"
#include "content/blob_store.h"
#include "content/temporary_store.h"

namespace tegula::content {
namespace {

TEST(ManifestStore, KeepsTheExactBytes) {
  TemporaryStore t;
  const auto lease = t.store.lease().value();
  const Digest made = put_pack(t.store, sample_files(), *lease).value();
  std::string json = t.store.read_manifest_bytes(made).value();
  json.insert(1, " ");
  const Digest digest = t.store.put_manifest(json, *lease).value();
  EXPECT_EQ(digest, Digest::of(bytes_of(json)));
  EXPECT_EQ(t.store.read_manifest_bytes(digest).value(), json);
  EXPECT_EQ(t.store.read_manifest(digest).value(), t.store.read_manifest(made).value());
  EXPECT_EQ(t.store.put_manifest(json, *lease).value(), digest);
}

TEST(ManifestStore, NeedsEveryBlobFirst) {
  TemporaryStore t;
  const auto lease = t.store.lease().value();
  const auto refused = t.store.put_manifest(encode(sample_manifest()).value(), *lease);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::NotFound);
  EXPECT_TRUE(refused.error().text.starts_with("manifest: config: blob sha256:"))
      << refused.error().text;
  ASSERT_TRUE(t.store.put_bytes(bytes_of(encode(sample_config()).value()), *lease));
  const auto still = t.store.put_manifest(encode(sample_manifest()).value(), *lease);
  ASSERT_FALSE(still);
  EXPECT_NE(still.error().text.find("layer \"tegula.json\""), std::string::npos);
  EXPECT_TRUE(list_digests(t.context, t.context.layout.manifests()).value().empty());
}

TEST(ManifestStore, RefusesATreeRootThatIsNotTheBlobs) {
  TemporaryStore t;
  const auto lease = t.store.lease().value();
  const Digest made = put_pack(t.store, sample_files(), *lease).value();
  Manifest manifest = t.store.read_manifest(made).value();
  manifest.layers[1].annotations.find(annotation::kTreeRoot)->second = std::string(64, 'a');
  const auto refused = t.store.put_manifest(encode(manifest).value(), *lease);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::Corrupt);
}

TEST(ManifestStore, NoticesChangedBytesAndMendsThem) {
  TemporaryStore t;
  const auto lease = t.store.lease().value();
  const Digest digest = put_pack(t.store, sample_files(), *lease).value();
  const std::string json = t.store.read_manifest_bytes(digest).value();
  flip(t.context.layout.manifest(digest), 10);
  EXPECT_EQ(t.store.read_manifest(digest).error().code, Code::Corrupt);
  EXPECT_EQ(t.store.put_manifest(json, *lease).value(), digest);
  EXPECT_TRUE(t.store.read_manifest(digest));
  EXPECT_EQ(t.store.read_manifest(Digest::of({})).error().code, Code::NotFound);
}

TEST(BlobStore, PutBytesMendsAndSharesBlobs) {
  TemporaryStore t;
  const auto lease = t.store.lease().value();
  const StoredBlob first = t.store.put_bytes(bytes_of("bytes"), *lease).value();
  EXPECT_EQ(first.way, ImportWay::Written);
  EXPECT_EQ(t.store.put_bytes(bytes_of("bytes"), *lease).value().way, ImportWay::AlreadyThere);
  const os::Path path = t.context.layout.blob(first.digest);
  EXPECT_EQ(t.fs.stat(path).value().mode, 0444U);
  flip(path, 1);
  EXPECT_EQ(t.store.put_bytes(bytes_of("bytes"), *lease).value().way, ImportWay::Written);
  EXPECT_EQ(slurp(path), "bytes");
  EXPECT_FALSE(t.store.has_blob(first.digest, 4).value());
  EXPECT_EQ(open_blob(t.context, first.digest, 4).error().code, Code::Corrupt);
  EXPECT_EQ(open_blob(t.context, Digest::of({}), 0).error().code, Code::NotFound);
}

}  // namespace
}  // namespace tegula::content

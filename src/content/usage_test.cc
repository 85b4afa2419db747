#include "content/usage.h"

#include <gtest/gtest.h>

#include "content/temporary_store.h"

namespace tegula::content {
namespace {

TEST(Usage, CountsByKind) {
  TemporaryStore t;
  const GcOptions now{.dry_run = false, .grace = std::chrono::seconds(0)};
  EXPECT_EQ(t.store.usage(now).value().blob_bytes, 0U);

  const std::string shared = noise(100'000), own = noise(2'000'000, 2);
  const Digest a = build(t.store, "a", {{"shared", shared}, {"own", own}}).value();
  const Digest b = build(t.store, "b", {{"shared", shared}}).value();
  const std::uint64_t config_a = t.store.read_manifest(a).value().config.size;
  const std::uint64_t config_b = t.store.read_manifest(b).value().config.size;
  const Usage usage = t.store.usage(now).value();
  EXPECT_EQ(usage.blob_count, 4U);
  EXPECT_EQ(usage.blob_bytes, shared.size() + own.size() + config_a + config_b);
  EXPECT_EQ(usage.tree_bytes, 32U * (1 + 2 + 1 + 1));
  EXPECT_EQ(usage.manifest_count, 2U);
  EXPECT_EQ(usage.manifest_bytes, t.store.read_manifest_bytes(a).value().size() +
                                      t.store.read_manifest_bytes(b).value().size());
  EXPECT_EQ(usage.name_count, 2U);
  EXPECT_EQ(usage.shared_bytes, shared.size());
  EXPECT_EQ(usage.reclaimable_bytes, 0U);

  ASSERT_TRUE(t.store.remove(named("a")));
  const Usage after = t.store.usage(now).value();
  EXPECT_GT(after.reclaimable_bytes, own.size());
  EXPECT_EQ(after.reclaimable_bytes, t.store.gc(now).value().freed_bytes);
  EXPECT_EQ(t.store.usage(now).value().blob_bytes, shared.size() + config_b);
}

TEST(Usage, CountsExternalBlobsApart) {
  TemporaryStore t;
  const auto lease = t.store.lease().value();
  ASSERT_TRUE(t.store.import_file(t.write("model", "12345"), *lease,
                                  {.in_place = true, .allow_hard_link = true}, t.progress, Stop()));
  const Usage usage = t.store.usage({}).value();
  EXPECT_EQ(usage.external_count, 1U);
  EXPECT_EQ(usage.external_bytes, 5U);
  EXPECT_EQ(usage.blob_bytes, 0U);
}

}  // namespace
}  // namespace tegula::content

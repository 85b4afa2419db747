#include "content/collector.h"

#include <set>

#include <gtest/gtest.h>

#include "content/temporary_store.h"

namespace tegula::content {
namespace {

class Gc : public ::testing::Test {
 protected:
  GcReport gc(GcOptions options = {.dry_run = false, .grace = std::chrono::seconds(0)}) {
    return t.store.gc(options).value();
  }
  // Every file under the folders that hold content.
  std::set<os::Path> files() {
    std::set<os::Path> out;
    for (const char* folder : {"blobs", "trees", "manifests", "external", "uploads", "trash",
                               "leases", "verified", "repos", "models"})
      if (std::filesystem::exists(t.path() / folder))
        for (const auto& entry : std::filesystem::recursive_directory_iterator(t.path() / folder))
          if (entry.is_regular_file()) out.insert(entry.path());
    return out;
  }
  bool is_good() { return t.store.verify(t.progress, Stop()).value().is_good(); }

  TemporaryStore t;
};

TEST_F(Gc, KeepsWhatNamesLeadTo) {
  ASSERT_TRUE(build(t.store, "a", {{"model.gguf", "one"}}));
  ASSERT_TRUE(build(t.store, "a", {{"model.gguf", "two"}}));  // history is a root too
  ASSERT_TRUE(build(t.store, "b/c:d", {{"model.gguf", "three"}}));
  const std::set<os::Path> before = files();
  const GcReport report = gc();
  EXPECT_TRUE(report.blobs.empty());
  EXPECT_TRUE(report.manifests.empty());
  EXPECT_EQ(report.freed_bytes, 0U);
  EXPECT_EQ(files(), before);
}

TEST_F(Gc, TakesWhatNothingLeadsTo) {
  const Digest kept = build(t.store, "kept", {{"model.gguf", "kept"}, {"shared", "both"}}).value();
  const std::set<os::Path> before = files();
  const Digest gone = build(t.store, "gone", {{"model.gguf", "gone"}, {"shared", "both"}}).value();
  ASSERT_TRUE(t.store.remove(named("gone")));

  const GcReport dry = gc({.dry_run = true, .grace = std::chrono::seconds(0)});
  EXPECT_TRUE(t.store.read_manifest(gone));
  const GcReport report = gc();
  EXPECT_EQ(report.manifests, (std::vector{gone}));
  EXPECT_EQ(report.blobs.size(), 2U);  // model and config; the shared one stays
  EXPECT_GT(report.freed_bytes, 0U);
  EXPECT_EQ(dry.manifests, report.manifests);
  EXPECT_EQ(dry.blobs, report.blobs);
  EXPECT_EQ(dry.freed_bytes, report.freed_bytes);
  EXPECT_EQ(files(), before);
  EXPECT_TRUE(t.store.read_manifest(kept));
  EXPECT_TRUE(is_good());
  EXPECT_TRUE(gc().blobs.empty());
}

TEST_F(Gc, SparesWhatALeaseProtects) {
  auto lease = t.store.lease().value();
  const Digest built = put_pack(t.store, {{"model.gguf", "just built"}}, *lease).value();
  EXPECT_TRUE(gc().blobs.empty());
  EXPECT_TRUE(t.store.read_manifest(built));
  ASSERT_TRUE(t.store.tag(named("a"), built, "built"));
  lease.reset();
  EXPECT_TRUE(gc().blobs.empty());

  auto running = t.store.lease().value();
  ASSERT_TRUE(running->protect(built));
  ASSERT_TRUE(t.store.remove(named("a")));
  EXPECT_TRUE(gc().blobs.empty());  // a model that runs
  running.reset();
  EXPECT_EQ(gc().blobs.size(), 2U);
}

TEST_F(Gc, SparesYoungManifests) {
  t.clock = ManualClock(SystemClock().now());
  auto lease = t.store.lease().value();
  const Digest built = put_pack(t.store, {{"model.gguf", "orphan"}}, *lease).value();
  lease.reset();
  const GcOptions hour{.dry_run = false, .grace = std::chrono::hours(1)};
  EXPECT_TRUE(gc(hour).manifests.empty());
  EXPECT_TRUE(is_good());
  t.clock.advance(std::chrono::hours(2));
  EXPECT_EQ(gc(hour).manifests, (std::vector{built}));
}

TEST_F(Gc, CleansUpAfterCrashes) {
  ASSERT_TRUE(build(t.store, "a", {{"model.gguf", "one"}}));
  const std::set<os::Path> clean = files();
  t.write("store/leases/dead", "\n" + Digest::of({}).str() + "\n");
  t.write("store/uploads/dead/0", "half a blob");
  t.write("store/uploads/nobody/3", "half a blob");
  t.write("store/trash/0123", "thrown away");
  t.write("store/verified/tmp-0123", "checked");
  t.write("store/repos/_local/a/_tags/.tegula-tmp-0", "half a tag");
  t.write("store/blobs/sha256/ab/.tegula-tmp-4", "half a blob");
  t.write("store/.tegula-tmp-1", "half a version");
  t.write("store/models/a/latest/.tegula-tmp-9", "half a twin");
  std::filesystem::create_directories(t.path() / "repos/_local/empty/_tags");
  const std::string tree = "store/trees/sha256/" + Digest::of({}).hex().substr(0, 2) + "/" +
                           Digest::of({}).hex() + ".bt2";
  t.write(tree, "a tree without a blob");

  const auto lease = t.store.lease().value();
  const os::Path upload = lease->new_upload().value();
  ASSERT_TRUE(t.fs.create(upload, 0644));
  EXPECT_GE(gc().leftovers, 7U);
  EXPECT_TRUE(std::filesystem::exists(upload));  // of the living
  std::set<os::Path> after = files();
  after.erase(upload);
  std::erase_if(after, [&](const os::Path& p) { return p.parent_path() == t.path() / "leases"; });
  EXPECT_EQ(after, clean);
  EXPECT_FALSE(std::filesystem::exists(t.path() / ".tegula-tmp-1"));
  EXPECT_FALSE(std::filesystem::exists(t.path() / "repos/_local/empty"));
  EXPECT_TRUE(is_good());
}

TEST_F(Gc, NeverGuessesWhatATornTagFileMeant) {
  ASSERT_TRUE(build(t.store, "a", {{"model.gguf", "one"}}));
  overwrite(t.context.layout.tag_file(named("a")), "torn");
  const std::set<os::Path> before = files();
  EXPECT_EQ(t.store.gc({.dry_run = false, .grace = std::chrono::seconds(0)}).error().code,
            Code::Corrupt);
  EXPECT_EQ(files(), before);
}

TEST_F(Gc, TakesTheRecordOfAnExternalBlobAndNeverTheFile) {
  auto lease = t.store.lease().value();
  const os::Path path = t.write("cache/model.gguf", "external");
  const StoredBlob blob =
      t.store
          .import_file(path, *lease, {.in_place = true, .allow_hard_link = true}, t.progress,
                       Stop())
          .value();
  EXPECT_TRUE(gc().blobs.empty());
  lease.reset();
  EXPECT_EQ(gc().blobs, (std::vector{blob.digest}));
  EXPECT_FALSE(std::filesystem::exists(t.context.layout.external(blob.digest)));
  EXPECT_EQ(slurp(path), "external");
}

}  // namespace
}  // namespace tegula::content

#include "content/repairer.h"

#include <gtest/gtest.h>

#include "content/external_blob.h"
#include "content/temporary_store.h"

namespace tegula::content {
namespace {

class Repair : public ::testing::Test {
 protected:
  void SetUp() override {
    digest.emplace(build(t.store, "a", {{"tegula.json", "{}"}, {"model.gguf", bytes}}).value());
    manifest.emplace(t.store.read_manifest(*digest).value());
    // Readable twins are links here; what links are good for is tested apart.
    std::filesystem::remove_all(t.context.layout.models());
  }
  RepairReport repair(std::vector<os::Path> from = {}) {
    return t.store.repair({.from = std::move(from)}, t.progress, Stop()).value();
  }
  bool is_good() { return t.store.verify(t.progress, Stop()).value().is_good(); }
  os::Path model() { return t.context.layout.blob(manifest->layers[1].digest); }

  TemporaryStore t;
  const std::string bytes = noise(4 * limits::kMiB + 5);
  std::optional<Digest> digest;
  std::optional<Manifest> manifest;
};

TEST_F(Repair, OfAGoodStoreDoesNothing) {
  const RepairReport report = repair();
  EXPECT_TRUE(report.is_whole());
  EXPECT_TRUE(report.repaired.empty());
  EXPECT_EQ(report.checked_count, 3U);
}

TEST_F(Repair, TakesBadPiecesFromAnotherFile) {
  flip(model(), limits::kMiB + 1);
  flip(model(), 4 * limits::kMiB + 1);
  // Two copies, each bad elsewhere: together they have every piece.
  std::string first = bytes, second = bytes;
  first[1] ^= 1, first[limits::kMiB] ^= 1;
  second[4 * limits::kMiB] ^= 1;
  const RepairReport report = repair({t.write("copies/1", first), t.write("copies/2", second)});
  ASSERT_TRUE(report.is_whole());
  ASSERT_EQ(report.repaired.size(), 1U);
  EXPECT_EQ(report.repaired[0].file, "model.gguf");
  EXPECT_NE(report.repaired[0].source, "");
  EXPECT_EQ(slurp(model()), bytes);
  EXPECT_TRUE(is_good());
  EXPECT_EQ(t.fs.stat(model()).value().mode & 0222, 0U);
}

TEST_F(Repair, LooksThroughFolders) {
  std::filesystem::remove(model());
  t.write("backup/deep/er/any name", bytes);
  t.write("backup/other", "no use");
  EXPECT_TRUE(repair({t.outside("backup")}).is_whole());
  EXPECT_TRUE(is_good());
}

TEST_F(Repair, SaysWhatItCouldNotFindAndWhereToGetIt) {
  flip(model(), 7);
  const std::string before = slurp(model());
  const RepairReport report = repair({t.write("useless", noise(bytes.size(), 7))});
  EXPECT_FALSE(report.is_whole());
  ASSERT_EQ(report.left.size(), 1U);
  EXPECT_EQ(report.left[0].fault.file, "model.gguf");
  EXPECT_NE(report.left[0].advice.find("--from FILE|DIR"), std::string::npos);
  EXPECT_EQ(slurp(model()), before);
  EXPECT_TRUE(std::filesystem::is_empty(t.context.layout.uploads()));
}

TEST_F(Repair, RefusesASourceThatIsNotThere) {
  EXPECT_EQ(t.store.repair({.from = {t.outside("nothing")}}, t.progress, Stop()).error().code,
            Code::NotFound);
}

TEST_F(Repair, MakesALostTreeAnew) {
  std::filesystem::remove(t.context.layout.tree(manifest->layers[1].digest));
  const RepairReport report = repair();
  ASSERT_TRUE(report.is_whole());
  EXPECT_EQ(report.repaired[0].source, "");
  EXPECT_TRUE(is_good());
}

TEST_F(Repair, WithoutATreeTakesAWholeFile) {
  std::filesystem::remove(t.context.layout.tree(manifest->layers[1].digest));
  flip(model(), 0);
  std::string half = bytes;
  half[limits::kMiB] ^= 1;
  EXPECT_FALSE(repair({t.write("half", half)}).is_whole());
  EXPECT_TRUE(repair({t.write("whole", bytes)}).is_whole());
  EXPECT_TRUE(is_good());
}

TEST_F(Repair, BringsAManifestBack) {
  const std::string json = t.store.read_manifest_bytes(*digest).value();
  std::filesystem::remove(t.context.layout.manifest(*digest));
  EXPECT_FALSE(repair().is_whole());
  std::filesystem::remove(model());
  t.write("backup/manifest", json);
  t.write("backup/model", bytes);
  EXPECT_TRUE(repair({t.outside("backup")}).is_whole());  // and what it turned out to miss
  EXPECT_TRUE(is_good());
}

TEST_F(Repair, ARepairedBlobTakesTheExternalOnesPlace) {
  const auto lease = t.store.lease().value();
  const os::Path external = t.write("cache/model", bytes);
  ASSERT_TRUE(put_external(t.context, manifest->layers[1].digest, {external, bytes.size()}));
  std::filesystem::remove(model());
  EXPECT_TRUE(is_good());
  flip(external, 3);
  EXPECT_FALSE(is_good());
  const std::string changed = slurp(external);
  EXPECT_TRUE(repair({t.write("good", bytes)}).is_whole());
  EXPECT_TRUE(is_good());
  EXPECT_EQ(slurp(external), changed);  // not ours to change
}

TEST_F(Repair, UsesAReadableTwinAndRenewsIt) {
  const os::Path twin = t.context.layout.readable(named("a")) / "model.gguf";
  std::filesystem::create_directories(twin.parent_path());
  std::filesystem::copy_file(model(), twin);
  flip(model(), 12345);
  EXPECT_TRUE(repair().is_whole());
  EXPECT_TRUE(is_good());
  EXPECT_EQ(slurp(twin), bytes);
}

}  // namespace
}  // namespace tegula::content

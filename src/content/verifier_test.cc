#include "content/verifier.h"

#include <functional>

#include <gtest/gtest.h>

#include "content/identity_cache.h"
#include "content/temporary_store.h"

namespace tegula::content {
namespace {

class Verify : public ::testing::Test {
 protected:
  void SetUp() override {
    digest.emplace(build(t.store, "a", {{"tegula.json", "{}"}, {"model.gguf", bytes}}).value());
    manifest.emplace(t.store.read_manifest(*digest).value());
  }
  VerifyReport all() { return t.store.verify(t.progress, Stop()).value(); }
  VerifyReport one() { return t.store.verify(*digest, t.progress, Stop()).value(); }
  os::Path model() { return t.context.layout.blob(manifest->layers[1].digest); }
  std::vector<FaultKind> kinds(const VerifyReport& report) {
    std::vector<FaultKind> out;
    for (const Fault& fault : report.faults) out.push_back(fault.kind);
    return out;
  }

  TemporaryStore t;
  const std::string bytes = noise(5 * limits::kMiB + 5);
  std::optional<Digest> digest;
  std::optional<Manifest> manifest;
};

TEST_F(Verify, AGoodStoreIsGood) {
  EXPECT_TRUE(all().is_good());
  EXPECT_TRUE(one().is_good());
  EXPECT_EQ(one().blob_count, 3U);
  EXPECT_EQ(one().byte_count, bytes.size() + 2 + manifest->config.size);
}

TEST_F(Verify, NamesLayerAndPieceOfEveryFlippedByte) {
  for (const std::uint64_t at : {std::uint64_t{3}, 2 * limits::kMiB, 5 * limits::kMiB + 4})
    flip(model(), at);
  const std::uint64_t bad[] = {0, 2, 5};
  for (const VerifyReport& report : {all(), one()}) {
    ASSERT_EQ(report.faults.size(), 3U);
    for (std::size_t i = 0; i < 3; ++i) {
      const Fault& fault = report.faults[i];
      EXPECT_EQ(fault.kind, FaultKind::BadPiece);
      EXPECT_EQ(fault.file, "model.gguf");
      EXPECT_EQ(fault.digest, manifest->layers[1].digest);
      EXPECT_EQ(fault.piece, bad[i]);
      EXPECT_EQ(fault.offset, fault.piece * limits::kMiB);
    }
    EXPECT_EQ(report.faults[1].text, "layer \"model.gguf\": piece 2 (at byte 2097152) of " +
                                         manifest->layers[1].digest.str() +
                                         " does not match its hash");
  }
}

// Pieces are taken eight at a time.
TEST_F(Verify, NamesBadPiecesOnBothSidesOfARun) {
  const std::string large = noise(17 * limits::kMiB + 5);
  const Digest other = build(t.store, "b", {{"tegula.json", "{}"}, {"model.gguf", large}}).value();
  const Manifest layers = t.store.read_manifest(other).value();
  const std::vector<std::uint64_t> bad = {7, 8, 15, 16, 17};
  for (const std::uint64_t piece : bad)
    flip(t.context.layout.blob(layers.layers[1].digest), piece * limits::kMiB + 4);
  const VerifyReport report = t.store.verify(other, t.progress, Stop()).value();
  std::vector<std::uint64_t> found;
  for (const Fault& fault : report.faults) found.push_back(fault.piece);
  EXPECT_EQ(found, bad);
}

TEST_F(Verify, EveryByteOfASmallBlobCounts) {
  const os::Path config = t.context.layout.blob(manifest->config.digest);
  for (std::uint64_t at = 0; at < manifest->config.size; at += 37) {
    flip(config, at);
    EXPECT_FALSE(all().is_good()) << at;
    flip(config, at);
  }
  EXPECT_TRUE(all().is_good());
}

TEST_F(Verify, FindsEveryOtherKindOfDamage) {
  struct Case {
    const char* name;
    std::function<void()> damage;
    std::vector<FaultKind> want;
  };
  const os::Path tree = t.context.layout.tree(manifest->layers[1].digest);
  const os::Path json = t.context.layout.manifest(*digest);
  const os::Path tag = t.context.layout.tag_file(named("a"));
  const std::string good_tree = slurp(tree), good_json = slurp(json), good_tag = slurp(tag);
  const auto restore = [&] {
    for (const auto& [path, text] :
         {std::pair{model(), bytes}, {tree, good_tree}, {json, good_json}, {tag, good_tag}}) {
      std::filesystem::remove(path);
      overwrite(t.write("fresh", text), text);
      std::filesystem::rename(t.outside("fresh"), path);
    }
  };
  const Case cases[] = {
      {"no blob", [&] { std::filesystem::remove(model()); }, {FaultKind::MissingBlob}},
      {"short blob", [&] { overwrite(model(), "x"); }, {FaultKind::WrongSize}},
      {"no tree", [&] { std::filesystem::remove(tree); }, {FaultKind::BadTree}},
      {"short tree", [&] { overwrite(tree, "x"); }, {FaultKind::BadTree}},
      {"bad tree", [&] { flip(tree, 40); }, {FaultKind::BadTree}},
      {"bad tree and blob",
       [&] { flip(tree, 40), flip(model(), 0); },
       {FaultKind::BadTree, FaultKind::BadBlob}},
      {"bad manifest", [&] { flip(json, 40); }, {FaultKind::BadManifest}},
      {"no manifest", [&] { std::filesystem::remove(json); }, {FaultKind::BadManifest}},
      {"bad tag", [&] { overwrite(tag, "x"); }, {FaultKind::BadTagFile}},
  };
  for (const Case& c : cases) {
    c.damage();
    EXPECT_EQ(kinds(all()), c.want) << c.name;
    restore();
    ASSERT_TRUE(all().is_good()) << c.name;
  }
}

TEST_F(Verify, ChecksBlobsThatNoManifestNames) {
  const auto lease = t.store.lease().value();
  const StoredBlob blob = t.store.put_bytes(bytes_of(noise(40'000, 5)), *lease).value();
  EXPECT_TRUE(all().is_good());
  flip(t.context.layout.blob(blob.digest), 39'999);
  EXPECT_EQ(kinds(all()), (std::vector{FaultKind::BadBlob}));
  EXPECT_TRUE(one().is_good());
}

TEST_F(Verify, StopsWhenToldTo) {
  StopSource source;
  source.cancel();
  EXPECT_EQ(t.store.verify(t.progress, source.stop()).error().code, Code::Cancelled);
}

TEST_F(Verify, IsRememberedAtTheNextStart) {
  EXPECT_TRUE(one().is_good());
  EXPECT_TRUE(
      t.store.open_verified(manifest->layers[1], t.progress, Stop()).value().was_remembered());
}

TEST_F(Verify, MakesTheNextStartLookAgain) {
  const Descriptor& layer = manifest->layers[1];
  ASSERT_TRUE(t.store.open_verified(layer, t.progress, Stop()));
  ASSERT_TRUE(t.store.open_verified(layer, t.progress, Stop()).value().was_remembered());
  // A disk that rots changes no times. The store can't see that, but verify reads everything.
  flip(model(), 9);
  remember(t.context, {identity_of(t.fs.stat(model()).value()), t.clock.now(), layer.digest});
  ASSERT_TRUE(t.store.open_verified(layer, t.progress, Stop()));
  EXPECT_FALSE(all().is_good());
  EXPECT_FALSE(t.store.open_verified(layer, t.progress, Stop()));
}

}  // namespace
}  // namespace tegula::content

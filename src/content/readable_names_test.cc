#include "content/readable_names.h"

#include <gtest/gtest.h>

#include "content/media_type.h"
#include "content/temporary_store.h"

namespace tegula::content {
namespace {

class Readable : public ::testing::Test {
 protected:
  os::Path at(std::string_view path) { return t.context.layout.models() / path; }
  bool exists(std::string_view path) { return std::filesystem::exists(at(path)); }
  TemporaryStore t;
};

TEST_F(Readable, FilesHaveTheirOwnNames) {
  ASSERT_TRUE(build(t.store, "team/starter:v1", {{"model.gguf", "GGUF"}, {"dir/LICENSE", "free"}}));
  EXPECT_EQ(slurp(at("team/starter/v1/model.gguf")), "GGUF");
  EXPECT_EQ(slurp(at("team/starter/v1/dir/LICENSE")), "free");
  EXPECT_EQ(t.fs.stat(at("team/starter/v1/model.gguf")).value().mode & 0222, 0U);
}

TEST_F(Readable, FilesFollowTheName) {
  // The same name and size, other bytes.
  ASSERT_TRUE(build(t.store, "a", {{"model.gguf", "one"}, {"old/only", "x"}}));
  ASSERT_TRUE(build(t.store, "a", {{"model.gguf", "two"}, {"new", "y"}}));
  EXPECT_EQ(slurp(at("a/latest/model.gguf")), "two");
  EXPECT_TRUE(exists("a/latest/new"));
  EXPECT_FALSE(exists("a/latest/old"));
  ASSERT_TRUE(t.store.rollback(named("a"), std::nullopt));
  EXPECT_EQ(slurp(at("a/latest/model.gguf")), "one");
  EXPECT_FALSE(exists("a/latest/new"));
  ASSERT_TRUE(t.store.remove(named("a")));
  EXPECT_FALSE(exists("a"));
}

TEST_F(Readable, NamesBelowOneAnotherDontDisturb) {
  ASSERT_TRUE(build(t.store, "a:b", {{"model.gguf", "outer"}}));
  ASSERT_TRUE(build(t.store, "a/b:c", {{"model.gguf", "inner"}}));
  ASSERT_TRUE(t.store.remove(named("a:b")));
  EXPECT_EQ(slurp(at("a/b/c/model.gguf")), "inner");
  EXPECT_FALSE(exists("a/b/model.gguf"));
}

TEST_F(Readable, AnObstacleIsNoReasonToFail) {
  ASSERT_TRUE(build(t.store, "a", {{"model.gguf", "one"}}));
  std::filesystem::remove(at("a/latest/model.gguf"));
  std::filesystem::create_directories(at("a/latest/model.gguf/in the way"));
  const auto lease = t.store.lease().value();
  const Digest two = put_pack(t.store, {{"model.gguf", "two"}}, *lease).value();
  const TagChange change = t.store.tag(named("a"), two, "built").value();
  EXPECT_TRUE(change.changed());
  EXPECT_NE(change.note, "");
  EXPECT_EQ(t.store.resolve(named("a")).value(), two);
}

TEST_F(Readable, RebuildingPutsEverythingRight) {
  ASSERT_TRUE(build(t.store, "a", {{"model.gguf", "one"}}));
  ASSERT_TRUE(build(t.store, "b", {{"model.gguf", "two"}}));
  std::filesystem::remove_all(at("a"));
  overwrite(at("b/latest/model.gguf"), "two, but longer");  // also the blob, where it is a link
  t.write("store/models/stale/latest/model.gguf", "left over");
  ASSERT_TRUE(t.fs.set_mode(at("stale/latest/model.gguf"), 0444));
  t.write("store/models/b/latest/notes.txt", "somebody's own");
  ASSERT_TRUE(rebuild_readable(t.context));
  EXPECT_EQ(slurp(at("a/latest/model.gguf")), "one");
  EXPECT_FALSE(exists("stale"));
  EXPECT_EQ(slurp(at("b/latest/notes.txt")), "somebody's own");
}

TEST_F(Readable, AnExternalBlobIsNeverCopiedOrLinked) {
  const auto lease = t.store.lease().value();
  const os::Path path = t.write("cache/model.gguf", "external bytes");
  const StoredBlob blob =
      t.store
          .import_file(path, *lease, {.in_place = true, .allow_hard_link = true}, t.progress,
                       Stop())
          .value();
  const StoredBlob config =
      t.store.put_bytes(bytes_of(encode(sample_config()).value()), *lease).value();
  const Manifest manifest{.config = {.media_type = std::string(media_type::kModelConfig),
                                     .digest = config.digest,
                                     .size = config.size},
                          .layers = {layer_of("model.gguf", "external bytes")}};
  const Digest digest = t.store.put_manifest(encode(manifest).value(), *lease).value();
  EXPECT_EQ(t.store.tag(named("a"), digest, "built").value().note, "");
  EXPECT_EQ(t.fs.stat(path).value().links, 1U);
  if (exists("a/latest/model.gguf")) {
    EXPECT_EQ(slurp(at("a/latest/model.gguf")), "external bytes");  // a reflink
  }
  EXPECT_EQ(blob.way, ImportWay::InPlace);
}

}  // namespace
}  // namespace tegula::content

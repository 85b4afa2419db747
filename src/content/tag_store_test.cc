#include "content/tag_store.h"

#include <thread>

#include <gtest/gtest.h>

#include "base/limits.h"
#include "content/temporary_store.h"

namespace tegula::content {
namespace {

class Names : public ::testing::Test {
 protected:
  Digest pack(const std::string& text) {
    return put_pack(t.store, {{"model.gguf", text}}, *lease).value();
  }
  std::vector<std::string> listed() {
    std::vector<std::string> out;
    const std::vector<Name> names = t.store.names().value().names;
    for (const Name& name : names) out.push_back(name.reference.str());
    return out;
  }

  TemporaryStore t;
  std::unique_ptr<Lease> lease = t.store.lease().value();
  const Digest one = pack("one"), two = pack("two"), three = pack("three");
};

TEST_F(Names, ResolveToTheirCurrentVersion) {
  EXPECT_TRUE(t.store.tag(named("starter"), one, "built").value().changed());
  EXPECT_EQ(t.store.resolve(named("starter")).value(), one);
  EXPECT_EQ(t.store.resolve(named("starter:latest")).value(), one);
  const TagChange change = t.store.tag(named("starter"), two, "built").value();
  EXPECT_EQ(change.before, one);
  EXPECT_EQ(change.after, two);
  EXPECT_EQ(t.store.resolve(named("starter")).value(), two);
  EXPECT_EQ(t.store.resolve(named("starter").with_digest(one)).value(), one);
  EXPECT_EQ(t.store.resolve(named("any").with_digest(three)).value(), three);
  EXPECT_EQ(t.store.resolve(named("any").with_digest(Digest::of({}))).error().code, Code::NotFound);
}

TEST_F(Names, KeepTheirHistory) {
  ASSERT_TRUE(t.store.tag(named("a"), one, "built"));
  t.clock.advance(std::chrono::seconds(60));
  ASSERT_TRUE(t.store.tag(named("a"), two, "built"));
  EXPECT_FALSE(t.store.tag(named("a"), two, "tagged").value().changed());  // already
  const TagHistory history = t.store.versions(named("a")).value();
  ASSERT_EQ(history.size(), 2U);
  EXPECT_EQ(history[0].digest, one);
  EXPECT_EQ(history[1].digest, two);
  EXPECT_EQ(history[1].time, rfc3339(t.clock.now()));
  EXPECT_EQ(history[1].event, "built");
}

TEST_F(Names, RollBackAndForth) {
  for (const Digest& digest : {one, two, three})
    ASSERT_TRUE(t.store.tag(named("a"), digest, "built"));
  EXPECT_EQ(t.store.rollback(named("a"), std::nullopt).value().after, two);
  EXPECT_EQ(t.store.resolve(named("a")).value(), two);
  EXPECT_EQ(t.store.rollback(named("a"), std::nullopt).value().after, three);
  EXPECT_EQ(t.store.rollback(named("a"), one).value().after, one);
  const TagHistory history = t.store.versions(named("a")).value();
  ASSERT_EQ(history.size(), 6U);
  EXPECT_EQ(history.back().event, "rolled-back");
  EXPECT_FALSE(t.store.rollback(named("a"), one).value().changed());
  EXPECT_EQ(t.store.rollback(named("a"), Digest::of({})).error().code, Code::NotFound);

  ASSERT_TRUE(t.store.tag(named("b"), one, "built"));
  EXPECT_EQ(t.store.rollback(named("b"), std::nullopt).error().text,
            "\"b:latest\" has no earlier version");
}

TEST_F(Names, AreListedInOrder) {
  for (const char* name : {"b", "a:v2", "a:v1", "team/a", "localhost:5000/x:y", "example.org/x"})
    ASSERT_TRUE(t.store.tag(named(name), one, "built"));
  EXPECT_EQ(listed(), (std::vector<std::string>{"a:v1", "a:v2", "b:latest", "team/a:latest",
                                                "example.org/x:latest", "localhost:5000/x:y"}));
}

TEST_F(Names, AreCopied) {
  ASSERT_TRUE(t.store.tag(named("a"), one, "built"));
  ASSERT_TRUE(t.store.copy(named("a"), named("b:v1")));
  EXPECT_EQ(t.store.resolve(named("b:v1")).value(), one);
  EXPECT_EQ(t.store.versions(named("b:v1")).value()[0].event, "copied");
}

TEST_F(Names, AreRemovedWithTheirHistory) {
  ASSERT_TRUE(t.store.tag(named("a"), one, "built"));
  ASSERT_TRUE(t.store.tag(named("a:v2"), two, "built"));
  const TagChange change = t.store.remove(named("a")).value();
  EXPECT_EQ(change.before, one);
  EXPECT_EQ(change.after, std::nullopt);
  EXPECT_EQ(listed(), (std::vector<std::string>{"a:v2"}));
  EXPECT_EQ(t.store.remove(named("a")).error().code, Code::NotFound);
}

TEST_F(Names, LoseOneVersion) {
  for (const Digest& digest : {one, two, one, three})
    ASSERT_TRUE(t.store.tag(named("a"), digest, "built"));
  EXPECT_EQ(t.store.remove(named("a").with_digest(one)).value().after, three);
  EXPECT_EQ(t.store.versions(named("a")).value().size(), 2U);
  EXPECT_EQ(t.store.remove(named("a").with_digest(three)).value().after, two);
  EXPECT_EQ(t.store.remove(named("a").with_digest(three)).error().code, Code::NotFound);
  EXPECT_EQ(t.store.remove(named("a").with_digest(two)).value().after, std::nullopt);
  EXPECT_TRUE(listed().empty());
}

TEST_F(Names, NeedTheirManifest) {
  EXPECT_EQ(t.store.tag(named("a"), Digest::of({}), "built").error().code, Code::NotFound);
  EXPECT_TRUE(listed().empty());
}

TEST_F(Names, SuggestWhatWasMeant) {
  ASSERT_TRUE(t.store.tag(named("starter:v2"), one, "built"));
  EXPECT_EQ(t.store.resolve(named("startr:v2")).error().hint, "did you mean \"starter:v2\"?");
  EXPECT_EQ(t.store.resolve(named("starte")).error().hint, "did you mean \"starter\"?");
  EXPECT_EQ(t.store.resolve(named("starter")).error().text,
            "model \"starter:latest\" is not on this machine");
  EXPECT_EQ(t.store.resolve(named("other")).error().hint, "tegula list shows what is");
}

TEST_F(Names, NoticeATornFile) {
  ASSERT_TRUE(t.store.tag(named("a"), one, "built"));
  overwrite(t.context.layout.tag_file(named("a")), "sha256:12");
  EXPECT_EQ(t.store.resolve(named("a")).error().code, Code::Corrupt);
  EXPECT_EQ(t.store.tag(named("a"), two, "built").error().code, Code::Corrupt);
}

TEST_F(Names, ThatAreDamagedHideNoOthers) {
  for (const std::string_view name : {"a", "b"})
    ASSERT_TRUE(t.store.tag(named(name), one, "built"));
  overwrite(t.context.layout.tag_file(named("a")), "torn");
  const NameListing listing = t.store.names().value();
  ASSERT_EQ(listing.names.size(), 1U);
  EXPECT_EQ(listing.names[0].reference, named("b:latest"));
  ASSERT_EQ(listing.problems.size(), 1U);
  EXPECT_EQ(listing.problems[0].code, Code::Corrupt);
}

TEST_F(Names, ThatAreDamagedCanBeRemoved) {
  ASSERT_TRUE(t.store.tag(named("a"), one, "built"));
  overwrite(t.context.layout.tag_file(named("a")), "torn");
  EXPECT_NE(t.store.resolve(named("a")).error().hint.find("tegula rm a:latest"), std::string::npos);
  EXPECT_FALSE(t.store.remove(named("a").with_digest(one)));
  EXPECT_TRUE(t.store.remove(named("a")));
  EXPECT_TRUE(listed().empty());
}

TEST_F(Names, HoldTheirLimit) {
  TagHistory history(limits::kTagVersionsMax, {one, "2026-01-01T00:00:00Z", "built"});
  ASSERT_TRUE(t.store.tag(named("a"), one, "built"));
  overwrite(t.context.layout.tag_file(named("a")), encode(history));
  EXPECT_EQ(t.store.tag(named("a"), two, "built").error().code, Code::Exhausted);
  history.pop_back();
  overwrite(t.context.layout.tag_file(named("a")), encode(history));
  EXPECT_TRUE(t.store.tag(named("a"), two, "built"));
}

TEST_F(Names, SurviveManyWritersAtOnce) {
  std::vector<Digest> packs;
  for (int i = 0; i < 8; ++i) packs.push_back(pack("pack " + std::to_string(i)));
  std::vector<std::thread> threads;
  for (const Digest& digest : packs)
    threads.emplace_back([&] { EXPECT_TRUE(t.store.tag(named("a"), digest, "built")); });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(t.store.versions(named("a")).value().size(), packs.size());
}

}  // namespace
}  // namespace tegula::content

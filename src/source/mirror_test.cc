#include "source/mirror.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "content/layer.h"
#include "content/temporary_store.h"
#include "source/fake_source.h"

namespace tegula::source {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::uint64_t kPiece = limits::kTreePieceBytes;

class MirrorTest : public ::testing::Test {
 protected:
  MirrorTest() {
    options.wait = [](std::chrono::nanoseconds, const Stop& stop) { return stop.check(); };
    options.streams = 1;
  }

  FakeSource& add_mirror(const std::string& name) {
    auto source = std::make_unique<FakeSource>(blob);
    FakeSource& out = *source;
    from.add(std::move(source), name);
    return out;
  }

  Result<content::StoredBlob> pull() {
    return from.download(layer, "w.gguf", {t.store, *lease, options, t.progress, never});
  }

  void flip_always(FakeSource& source) {
    source.on_its_way = [](const content::ByteRange&, std::string bytes) {
      bytes[7] = static_cast<char>(bytes[7] ^ 1);
      return bytes;
    };
  }

  content::TemporaryStore t;
  const Stop never;
  const std::string blob = content::noise(3 * kPiece + 5'000);
  content::Descriptor layer = content::layer_of("w.gguf", blob);
  FakeSource origin{blob};
  std::vector<std::string> notes;
  MirroredSource from{origin, [this](const std::string& text) { notes.push_back(text); }};
  std::unique_ptr<content::Lease> lease = t.store.lease().value();
  DownloadOptions options;
};

TEST_F(MirrorTest, IsAskedBeforeTheOrigin) {
  FakeSource& first = add_mirror("https://a.example");
  FakeSource& second = add_mirror("https://b.example");
  ASSERT_TRUE(pull());
  EXPECT_EQ(first.bytes_sent(), blob.size());
  EXPECT_THAT(second.requests(), IsEmpty());
  EXPECT_THAT(origin.requests(), IsEmpty());
  EXPECT_THAT(notes, IsEmpty());
}

TEST_F(MirrorTest, ThatFailsIsNamedAndPassedOver) {
  FakeSource& down = add_mirror("https://down.example");
  FakeSource& good = add_mirror("https://good.example");
  down.on_request = [](const content::ByteRange&) -> Result<void> {
    return fail(Code::Unavailable, "nobody answers");
  };
  ASSERT_TRUE(pull());
  EXPECT_EQ(down.requests().size(), 2U);  // no eight tries where others have it
  EXPECT_EQ(good.bytes_sent(), blob.size());
  EXPECT_THAT(notes, ElementsAre(HasSubstr("mirror \"https://down.example\" is passed over")));
}

TEST_F(MirrorTest, ThatLiesCostsTheBlobWithoutATree) {
  layer.annotations.clear();
  flip_always(add_mirror("https://liar.example"));
  ASSERT_TRUE(pull()) << "the origin's bytes count";
  EXPECT_EQ(content::slurp(t.store.blob_path(layer).value()), blob);
  EXPECT_THAT(notes, ElementsAre(HasSubstr("liar.example")));
}

TEST_F(MirrorTest, ThatLiesIsJudgedByTheOriginsTree) {
  origin.keeps_tree = true;
  FakeSource& liar = add_mirror("https://liar.example");
  flip_always(liar);
  ASSERT_TRUE(pull());
  EXPECT_THAT(notes, ElementsAre(HasSubstr("piece 0")));
  EXPECT_EQ(origin.bytes_sent(), kPiece) << "only what the mirror had wrong";
}

TEST_F(MirrorTest, WhatItLeftHalfDoneDoesNotSpoilTheOrigins) {
  layer.annotations.clear();
  origin.version = "";  // nothing tells their bytes apart
  FakeSource& liar = add_mirror("https://liar.example");
  options.range_bytes = kPiece;
  liar.on_request = [](const content::ByteRange& range) -> Result<void> {
    if (range.offset == 0) return {};
    return fail(Code::Unavailable, "it breaks off");
  };
  flip_always(liar);
  ASSERT_TRUE(pull());
  EXPECT_EQ(content::slurp(t.store.blob_path(layer).value()), blob);
}

TEST_F(MirrorTest, TheOriginsErrorIsTheError) {
  add_mirror("https://a.example").on_request = [](const content::ByteRange&) -> Result<void> {
    return fail(Code::NotFound, "404 there");
  };
  origin.on_request = [](const content::ByteRange&) -> Result<void> {
    return fail(Code::PermissionDenied, "401 here");
  };
  EXPECT_EQ(pull().error().code, Code::PermissionDenied);
  EXPECT_THAT(notes, ElementsAre(HasSubstr("404 there")));
}

TEST(MirrorAddress, MustBeEncrypted) {
  EXPECT_EQ(parse_mirror("http://m.example", false).error().code, Code::Untrusted);
  EXPECT_TRUE(parse_mirror("http://m.example", true));
  EXPECT_TRUE(parse_mirror("http://127.0.0.1:5000", false));
  EXPECT_EQ(parse_mirror("ftp://m.example", true).error().code, Code::InvalidArgument);
}

TEST(MirrorAddress, GoesInFront) {
  const auto at = [](const char* base) {
    return mirrored_path(net::Url::parse(base).value(), "/org/repo/f");
  };
  EXPECT_EQ(at("https://m.example"), "/org/repo/f");
  EXPECT_EQ(at("https://m.example/"), "/org/repo/f");
  EXPECT_EQ(at("https://m.example/hub/x/"), "/hub/x/org/repo/f");
}

}  // namespace
}  // namespace tegula::source

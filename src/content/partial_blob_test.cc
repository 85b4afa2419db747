#include "content/partial_blob.h"

#include <filesystem>
#include <future>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/limits.h"
#include "content/temporary_store.h"

namespace tegula::content {
namespace {

using ::testing::HasSubstr;

class PartialBlobTest : public ::testing::Test {
 protected:
  std::unique_ptr<PartialBlob> open(bool with_tree = true) {
    return store.store
        .open_partial(
            descriptor,
            with_tree ? std::optional(tree_of(bytes_of(blob))) : std::optional<BlobTree>(),
            store.progress, {})
        .value();
  }
  ByteView piece(std::uint64_t index) const {
    return bytes_of(blob).subspan(index * limits::kTreePieceBytes, piece_size(blob.size(), index));
  }
  os::Path file(std::string_view name) const {
    return store.context.layout.partial(descriptor.digest) / name;
  }
  bool is_stored() const { return store.store.has_blob(descriptor.digest, blob.size()).value(); }

  TemporaryStore store;
  const std::string blob = noise(3 * limits::kTreePieceBytes + 12'345);
  const Descriptor descriptor{
      .media_type = "a/b", .digest = Digest::of(bytes_of(blob)), .size = blob.size()};
  std::unique_ptr<Lease> lease = store.store.lease().value();
};

TEST_F(PartialBlobTest, TakesPiecesInAnyOrder) {
  for (const bool with_tree : {true, false}) {
    const auto partial = open(with_tree);
    for (const std::uint64_t index : {2, 0, 3}) ASSERT_TRUE(partial->put(index, piece(index)));
    EXPECT_FALSE(partial->has(1));
    EXPECT_EQ(partial->present_bytes(), 2 * limits::kTreePieceBytes + 12'345);
    ASSERT_TRUE(partial->put(1, piece(1)));
    const StoredBlob stored = partial->finish(*lease).value();
    EXPECT_EQ(stored.digest, descriptor.digest);
    EXPECT_EQ(stored.tree_root, tree_of(bytes_of(blob)).root);
    EXPECT_EQ(slurp(store.store.blob_path(descriptor).value()), blob);
    EXPECT_EQ(store.store.read_tree(descriptor).value(), tree_of(bytes_of(blob)));
    EXPECT_FALSE(std::filesystem::exists(file(""))) << "nothing is left behind";
  }
}

TEST_F(PartialBlobTest, TakesAnEmptyBlob) {
  const Descriptor empty{.media_type = "a/b", .digest = Digest::of({}), .size = 0};
  const auto partial = store.store.open_partial(empty, tree_of({}), store.progress, {}).value();
  EXPECT_TRUE(partial->finish(*lease));
  EXPECT_TRUE(store.store.has_blob(empty.digest, 0).value());
}

TEST_F(PartialBlobTest, RefusesAPieceThatIsNotInTheTree) {
  const auto partial = open();
  const Error error = partial->put(1, piece(0)).error();
  EXPECT_EQ(error.code, Code::Corrupt);
  EXPECT_THAT(error.text, HasSubstr("piece 1 (at byte 1048576)"));
  EXPECT_FALSE(partial->has(1));
  EXPECT_TRUE(partial->put(1, piece(1)));
}

TEST_F(PartialBlobTest, GoesOnWhereItWasCutOff) {
  for (const bool with_tree : {true, false}) {
    {
      const auto partial = open(with_tree);
      ASSERT_TRUE(partial->start_anew("\"v1\""));
      for (const std::uint64_t index : {0, 3}) ASSERT_TRUE(partial->put(index, piece(index)));
    }
    const auto partial = open(with_tree);
    EXPECT_EQ(partial->version(), "\"v1\"");
    EXPECT_TRUE(partial->has(0) && partial->has(3));
    EXPECT_FALSE(partial->has(1) || partial->has(2));
    for (const std::uint64_t index : {1, 2}) ASSERT_TRUE(partial->put(index, piece(index)));
    EXPECT_TRUE(partial->finish(*lease));
    std::filesystem::remove(store.context.layout.blob(descriptor.digest));
  }
}

// What was not on the disk when the power failed costs its piece, and nothing else.
TEST_F(PartialBlobTest, CountsOnlyPiecesThatAreStillGood) {
  for (const bool with_tree : {true, false}) {
    {
      const auto partial = open(with_tree);
      ASSERT_TRUE(partial->start_anew({}));
      for (const std::uint64_t index : {0, 1, 3}) ASSERT_TRUE(partial->put(index, piece(index)));
    }
    flip(file("data"), limits::kTreePieceBytes + 7);
    std::filesystem::resize_file(file("data"), blob.size() - 1);
    const auto partial = open(with_tree);
    EXPECT_TRUE(partial->has(0));
    EXPECT_FALSE(partial->has(1)) << "a bit is wrong";
    EXPECT_FALSE(partial->has(3)) << "a byte is missing";
    for (const std::uint64_t index : {1, 2, 3}) ASSERT_TRUE(partial->put(index, piece(index)));
    EXPECT_TRUE(partial->finish(*lease));
    std::filesystem::remove(store.context.layout.blob(descriptor.digest));
  }
}

// Without a tree nobody knows which one is right: but it must be the one that is hashed.
TEST_F(PartialBlobTest, OfTwoThreadsWithOnePieceOneCounts) {
  const std::string lie(limits::kTreePieceBytes, 'x');
  for (int round = 0; round < 20; ++round) {
    const auto partial = open(false);
    const auto bring = [&](bool well) {
      for (const std::uint64_t index : {0, 1, 2})
        EXPECT_TRUE(partial->put(index, well ? piece(index) : bytes_of(lie)));
    };
    auto other = std::async(std::launch::async, bring, false);
    bring(true);
    other.get();
    ASSERT_TRUE(partial->put(3, piece(3)));
    if (!partial->finish(*lease)) continue;
    EXPECT_EQ(slurp(store.store.blob_path(descriptor).value()), blob);
    std::filesystem::remove(store.context.layout.blob(descriptor.digest));
  }
}

TEST_F(PartialBlobTest, StartsAnewWhilePiecesCome) {
  const auto partial = open(false);
  auto other = std::async(std::launch::async, [&] {
    for (int round = 0; round < 30; ++round)
      for (const std::uint64_t index : {0, 1, 2, 3}) EXPECT_TRUE(partial->put(index, piece(index)));
  });
  for (int round = 0; round < 30; ++round) EXPECT_TRUE(partial->start_anew("\"v\""));
  other.get();
  for (const std::uint64_t index : {0, 1, 2, 3}) ASSERT_TRUE(partial->put(index, piece(index)));
  EXPECT_TRUE(partial->finish(*lease));
}

TEST_F(PartialBlobTest, BelievesNoJournalThatContradictsTheTree) {
  {
    const auto partial = open(false);
    ASSERT_TRUE(partial->put(0, piece(1)));  // a server's lie, well noted
    ASSERT_TRUE(partial->put(1, piece(1)));
  }
  const auto partial = open(true);
  EXPECT_FALSE(partial->has(0));
  EXPECT_TRUE(partial->has(1));
}

TEST_F(PartialBlobTest, StartsAnewWithoutASensibleJournal) {
  for (const std::string text : {"", "nonsense", "tegula-partial 1\nsize 5\nversion \n"}) {
    {
      const auto partial = open();
      ASSERT_TRUE(partial->put(0, piece(0)));
    }
    overwrite(file("journal"), text);
    EXPECT_EQ(open()->present_bytes(), 0U) << text;
  }
}

TEST_F(PartialBlobTest, RefusesAWholeThatIsAnother) {
  const auto partial = open(false);
  for (const std::uint64_t index : {0, 2, 3}) ASSERT_TRUE(partial->put(index, piece(index)));
  ASSERT_TRUE(partial->put(1, piece(0)));
  const Error error = partial->finish(*lease).error();
  EXPECT_EQ(error.code, Code::Corrupt);
  EXPECT_THAT(error.text, HasSubstr(descriptor.digest.str()));
  EXPECT_FALSE(is_stored());
  EXPECT_EQ(partial->present_bytes(), 0U);
}

TEST_F(PartialBlobTest, IsOpenOnce) {
  auto first = open();
  StopSource source;
  source.cancel();
  EXPECT_EQ(store.store.open_partial(descriptor, {}, store.progress, source.stop()).error().code,
            Code::Cancelled);
  auto second = std::async(std::launch::async, [&] { return open()->present_bytes(); });
  ASSERT_TRUE(first->put(0, piece(0)));
  first.reset();
  EXPECT_EQ(second.get(), limits::kTreePieceBytes);
}

TEST_F(PartialBlobTest, NeedsRoom) {
  const Descriptor huge{
      .media_type = "a/b", .digest = descriptor.digest, .size = limits::kBlobBytesMax};
  EXPECT_EQ(store.store.open_partial(huge, {}, store.progress, {}).error().code, Code::DiskFull);
  const Descriptor more{
      .media_type = "a/b", .digest = descriptor.digest, .size = limits::kBlobBytesMax + 1};
  EXPECT_EQ(store.store.open_partial(more, {}, store.progress, {}).error().code, Code::Exhausted);
}

TEST_F(PartialBlobTest, OutlivesGarbageCollectionForAWhile) {
  const GcOptions at_once{.grace = std::chrono::seconds(0)};
  {
    const auto partial = open();
    ASSERT_TRUE(partial->put(0, piece(0)));
    store.clock.advance(limits::kPartialKept * 2);
    ASSERT_TRUE(store.store.gc(at_once));
    EXPECT_TRUE(std::filesystem::exists(file("data"))) << "somebody is at it";
    store.clock.advance(-limits::kPartialKept * 2);
  }
  ASSERT_TRUE(store.store.gc(at_once));
  EXPECT_TRUE(open()->has(0)) << "somebody may come back";
  store.clock.advance(limits::kPartialKept * 2);
  ASSERT_TRUE(store.store.gc(at_once));
  EXPECT_FALSE(std::filesystem::exists(file("")));
}

}  // namespace
}  // namespace tegula::content

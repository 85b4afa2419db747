#include "source/download.h"

#include <filesystem>
#include <mutex>
#include <utility>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "content/layer.h"
#include "content/temporary_store.h"
#include "source/fake_source.h"

namespace tegula::source {
namespace {

using content::ByteRange;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::uint64_t kPiece = limits::kTreePieceBytes;

class DownloadTest : public ::testing::Test {
 protected:
  DownloadTest() {
    options.streams = 3;
    options.range_bytes = 2 * kPiece;
    options.wait = [this](std::chrono::nanoseconds time, const Stop& stop) -> Result<void> {
      TRY(stop.check());
      const std::lock_guard lock(mutex);
      waited += time;
      return {};
    };
    from.keeps_tree = true;
  }

  Result<content::StoredBlob> pull(const Stop& stop = {}) {
    return download(store.store, from, layer, "w.gguf", *lease, options, store.progress, stop);
  }
  bool is_stored_well() { return content::slurp(store.store.blob_path(layer).value()) == blob; }
  // What is missing is asked for, and nothing twice.
  void expect_sent(std::uint64_t bytes) { EXPECT_EQ(from.bytes_sent(), bytes); }

  content::TemporaryStore store;
  const std::string blob = content::noise(9 * kPiece + 5'000);
  const content::Descriptor layer = content::layer_of("w.gguf", blob);
  FakeSource from{blob};
  std::unique_ptr<content::Lease> lease = store.store.lease().value();
  DownloadOptions options;
  std::mutex mutex;
  std::chrono::nanoseconds waited{};
};

TEST_F(DownloadTest, BringsABlobInRanges) {
  const content::StoredBlob stored = pull().value();
  EXPECT_EQ(stored.digest, layer.digest);
  EXPECT_TRUE(is_stored_well());
  expect_sent(blob.size());
  EXPECT_EQ(from.requests().size(), 5U);
  EXPECT_EQ(from.requests()[0], (ByteRange{0, 2 * kPiece}));
  EXPECT_EQ(pull()->way, content::ImportWay::AlreadyThere);
  expect_sent(blob.size());
}

TEST_F(DownloadTest, TakesBlobsOfEverySize) {
  for (const std::uint64_t size : {std::uint64_t{0}, std::uint64_t{1}, kPiece - 1, kPiece,
                                   kPiece + 1, 2 * kPiece, 2 * kPiece + 1}) {
    const std::string bytes = content::noise(size, 7);
    FakeSource source(bytes);
    const auto stored = download(store.store, source, content::layer_of("x", bytes), "x", *lease,
                                 options, store.progress, {});
    ASSERT_TRUE(stored) << size << ": " << stored.error().text;
    EXPECT_EQ(source.bytes_sent(), size);
  }
}

TEST_F(DownloadTest, AWrongBitCostsItsPiece) {
  bool done = false;
  from.on_its_way = [&](const ByteRange& range, std::string bytes) {
    if (range.offset == 2 * kPiece && !std::exchange(done, true)) bytes[kPiece + 3] ^= 1;
    return bytes;
  };
  ASSERT_TRUE(pull());
  EXPECT_TRUE(is_stored_well());
  expect_sent(blob.size() + kPiece);
}

TEST_F(DownloadTest, APieceThatIsAlwaysWrongIsNamed) {
  from.on_its_way = [&](const ByteRange& range, std::string bytes) {
    const std::uint64_t bad = 4 * kPiece;
    if (range.offset <= bad && bad < range.offset + range.size) bytes[bad - range.offset] ^= 1;
    return bytes;
  };
  const Error error = pull().error();
  EXPECT_EQ(error.code, Code::Corrupt);
  EXPECT_THAT(error.text, HasSubstr("w.gguf: fake"));
  EXPECT_THAT(error.text, HasSubstr("piece 4 (at byte 4194304)"));
  EXPECT_FALSE(store.store.has_blob(layer.digest, layer.size).value());
  from.on_its_way = {};
  const std::uint64_t before = from.bytes_sent();
  ASSERT_TRUE(pull());
  EXPECT_LT(from.bytes_sent() - before, blob.size()) << "what was good is still there";
}

TEST_F(DownloadTest, WithoutATreeTheWholeIsChecked) {
  from.keeps_tree = false;
  bool done = false;
  from.on_its_way = [&](const ByteRange&, std::string bytes) {
    if (!std::exchange(done, true)) bytes[3] ^= 1;
    return bytes;
  };
  const Error error = pull().error();
  EXPECT_EQ(error.code, Code::Corrupt);
  EXPECT_THAT(error.text, HasSubstr("digest does not match"));
  ASSERT_TRUE(pull());
  EXPECT_TRUE(is_stored_well());
}

TEST_F(DownloadTest, AnotherTreeIsNone) {
  from.bytes = content::noise(blob.size(), 99);  // whose tree it would keep
  EXPECT_EQ(pull().error().code, Code::Corrupt);
  from.bytes = blob;
  EXPECT_TRUE(pull());
}

TEST_F(DownloadTest, GoesOnWhereStreamsBreakOff) {
  int breaks = 5;
  from.on_its_way = [&](const ByteRange&, std::string bytes) {
    if (breaks-- > 0) bytes.resize(bytes.size() / 2 + 10);
    return bytes;
  };
  ASSERT_TRUE(pull());
  EXPECT_TRUE(is_stored_well());
  EXPECT_LE(from.bytes_sent(), blob.size() + 5 * kPiece) << "a piece a break";
  EXPECT_GT(waited.count(), 0);
}

TEST_F(DownloadTest, GivesUpWhenNothingComes) {
  from.on_request = [&](const ByteRange&) -> Result<void> {
    return fail(Code::Unavailable, "nobody is there");
  };
  const Error error = pull().error();
  EXPECT_EQ(error.code, Code::Unavailable);
  EXPECT_THAT(error.text, HasSubstr("nobody is there"));
  EXPECT_EQ(from.requests().size(), limits::kDownloadTriesMax + 1U);
  EXPECT_GT(waited, std::chrono::seconds(30));
}

TEST_F(DownloadTest, TriesNothingAgainThatCannotPass) {
  for (const Code code : {Code::NotFound, Code::PermissionDenied, Code::Untrusted, Code::Corrupt}) {
    from.on_request = [&](const ByteRange&) -> Result<void> { return fail(code, "no"); };
    const std::size_t before = from.requests().size();
    EXPECT_EQ(pull().error().code, code);
    EXPECT_EQ(from.requests().size(), before + 1);
  }
}

TEST_F(DownloadTest, CarriesOnAfterBeingCutOff) {
  for (const bool with_tree : {true, false}) {
    from.keeps_tree = with_tree;
    std::uint64_t sent_before = from.bytes_sent();
    for (int times = 0; times < 3; ++times) {
      StopSource source;
      int requests = 1;
      from.on_request = [&](const ByteRange&) -> Result<void> {
        if (requests-- == 0) source.cancel();
        return {};
      };
      ASSERT_EQ(pull(source.stop()).error().code, Code::Cancelled);
    }
    from.on_request = {};
    ASSERT_TRUE(pull());
    EXPECT_TRUE(is_stored_well());
    const std::uint64_t again = from.bytes_sent() - sent_before - blob.size();
    EXPECT_LE(again, 3 * options.streams * kPiece) << "a piece a stream each time";
    ASSERT_TRUE(std::filesystem::remove(store.context.layout.blob(layer.digest)));
  }
}

TEST_F(DownloadTest, AsksOnceWhereThereAreNoRanges) {
  from.knows_ranges = false;
  ASSERT_TRUE(pull());
  EXPECT_TRUE(is_stored_well());
  EXPECT_EQ(from.requests().size(), 1U);
  expect_sent(blob.size());
}

TEST_F(DownloadTest, WithoutRangesABreakCostsTheTransferAndNotThePieces) {
  from.knows_ranges = false;
  bool done = false;
  from.on_its_way = [&](const ByteRange&, std::string bytes) {
    if (!std::exchange(done, true)) bytes.resize(5 * kPiece + 1);
    return bytes;
  };
  ASSERT_TRUE(pull());
  EXPECT_TRUE(is_stored_well());
  EXPECT_EQ(from.requests()[1].offset, 5 * kPiece);
}

TEST_F(DownloadTest, StartsAnewOnceWhenTheVersionChanges) {
  from.keeps_tree = false;
  from.bytes = content::noise(blob.size(), 99);  // an old one
  int requests = 0;
  from.on_request = [&](const ByteRange&) -> Result<void> {
    if (++requests == 3) {
      from.bytes = blob;
      from.version = "\"v2\"";
    }
    return {};
  };
  const auto stored = pull();
  ASSERT_TRUE(stored) << stored.error().text;
  EXPECT_TRUE(is_stored_well());
}

// Of several servers behind one name, not all may say what they have.
TEST_F(DownloadTest, AVersionThatIsNotSaidIsNoOther) {
  from.keeps_tree = false;
  int requests = 0;
  from.on_request = [&](const ByteRange&) -> Result<void> {
    from.version = ++requests % 2 == 0 ? "" : "\"v1\"";
    return {};
  };
  const auto stored = pull();
  ASSERT_TRUE(stored) << stored.error().text;
  EXPECT_TRUE(is_stored_well());
  expect_sent(blob.size());
}

TEST_F(DownloadTest, RefusesWhatKeepsChanging) {
  from.keeps_tree = false;
  int requests = 0;
  from.on_request = [&](const ByteRange&) -> Result<void> {
    from.version = fmt::format("\"v{}\"", ++requests);
    return {};
  };
  const Error error = pull().error();
  EXPECT_EQ(error.code, Code::Unavailable);
  EXPECT_THAT(error.text, HasSubstr("changed twice"));
}

TEST_F(DownloadTest, AskedAgainLaterItNoticesAChangedVersion) {
  from.keeps_tree = false;
  from.bytes = content::noise(blob.size(), 99);
  StopSource source;
  int requests = 0;
  from.on_request = [&](const ByteRange&) -> Result<void> {
    if (++requests == 3) source.cancel();
    return {};
  };
  ASSERT_FALSE(pull(source.stop()));
  from.on_request = {};
  from.bytes = blob;
  from.version = "\"v2\"";
  ASSERT_TRUE(pull());
  EXPECT_TRUE(is_stored_well());
}

TEST_F(DownloadTest, WithATreeVersionsDoNotMatter) {
  int requests = 0;
  from.on_request = [&](const ByteRange&) -> Result<void> {
    from.version = fmt::format("\"mirror {}\"", ++requests);
    return {};
  };
  ASSERT_TRUE(pull());
  expect_sent(blob.size());
}

TEST_F(DownloadTest, StopsWhenAsked) {
  StopSource source;
  source.cancel();
  EXPECT_EQ(pull(source.stop()).error().code, Code::Cancelled);
}

}  // namespace
}  // namespace tegula::source

#include "content/hash_stream.h"

#include <gtest/gtest.h>

#include "content/temporary_store.h"

namespace tegula::content {
namespace {

ReadNext reader_of(const std::string& bytes, std::size_t* reads = nullptr) {
  return [&bytes, reads, at = std::size_t{0}](std::span<std::uint8_t> into) mutable {
    if (reads != nullptr) ++*reads;
    const std::size_t take = std::min(into.size(), bytes.size() - at);
    std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(at), take, into.begin());
    at += take;
    return Result<std::size_t>(take);
  };
}

class CountingProgress final : public Progress {
 public:
  void begin(std::string_view, std::uint64_t) override {}
  void advance(std::uint64_t bytes) override { bytes_ += bytes; }
  void end() override {}
  std::uint64_t bytes_ = 0;
};

TEST(HashStream, MakesDigestAndTreeInOneReading) {
  for (const std::uint64_t size : {std::uint64_t{0}, std::uint64_t{1}, limits::kMiB - 1,
                                   limits::kMiB, limits::kMiB + 1, 11 * limits::kMiB + 12345}) {
    const std::string bytes = noise(size);
    std::size_t reads = 0;
    CountingProgress progress;
    const HashedBlob got = hash_stream(reader_of(bytes, &reads), progress, Stop()).value();
    EXPECT_EQ(got.digest, Digest::of(bytes_of(bytes))) << size;
    EXPECT_EQ(got.tree, tree_of(bytes_of(bytes))) << size;
    EXPECT_EQ(progress.bytes_, size);
    EXPECT_EQ(reads, size / limits::kMiB + 1);  // once, by the mebibyte
  }
}

TEST(HashStream, StopsWhenToldTo) {
  StopSource source;
  int reads = 0;
  NoProgress progress;
  const auto got = hash_stream(
      [&](std::span<std::uint8_t> into) {
        if (++reads == 10) source.cancel();
        return Result<std::size_t>(into.size());
      },
      progress, source.stop());
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, Code::Cancelled);
  EXPECT_EQ(reads, 10);
}

TEST(HashStream, PassesOnTheReadersError) {
  int reads = 0;
  NoProgress progress;
  const auto got = hash_stream(
      [&](std::span<std::uint8_t> into) -> Result<std::size_t> {
        if (++reads == 7) return fail(Code::Unavailable, "the disk is gone");
        return into.size();
      },
      progress, Stop());
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().text, "the disk is gone");
}

}  // namespace
}  // namespace tegula::content

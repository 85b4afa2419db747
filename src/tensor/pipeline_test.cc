#include "tensor/pipeline.h"

#include <atomic>
#include <string>

#include <gtest/gtest.h>

namespace tegula::tensor {
namespace {

const auto kNumber = [](std::uint64_t index, Bytes& into) -> Result<void> {
  const std::string text = std::to_string(index) + " ";
  into.insert(into.end(), text.begin(), text.end());
  return {};
};

TEST(Pipeline, KeepsTheOrderWithAnyNumberOfThreads) {
  std::string want;
  for (int i = 0; i < 1000; ++i) want += std::to_string(i) + " ";
  for (const std::size_t threads : {0U, 1U, 2U, 7U, 2000U}) {
    BytesSink sink;
    const auto take = [&](std::uint64_t, ByteView part) { return sink.append(part); };
    ASSERT_TRUE(make_in_order(1000, threads, kNumber, take, {}));
    EXPECT_EQ(text_of(sink.bytes()), want) << threads;
  }
}

TEST(Pipeline, MakesNothingOfNothing) {
  const auto never = [](std::uint64_t, ByteView) { return Result<void>(fail(Code::Internal, "")); };
  EXPECT_TRUE(make_in_order(0, 4, kNumber, never, {}));
}

TEST(Pipeline, GivesTheFirstErrorInTheOrderOfTheParts) {
  for (int round = 0; round < 50; ++round) {
    const auto make = [](std::uint64_t index, Bytes&) -> Result<void> {
      if (index % 10 == 7) return fail(Code::Corrupt, std::to_string(index));
      return {};
    };
    const auto take = [](std::uint64_t, ByteView) { return Result<void>(); };
    const Result<void> done = make_in_order(100, 4, make, take, {});
    ASSERT_FALSE(done);
    ASSERT_EQ(done.error().text, "7");
  }
}

TEST(Pipeline, StopsWhereTakingFailsOrIsCancelled) {
  std::atomic<std::uint64_t> made = 0;
  const auto make = [&](std::uint64_t, Bytes&) -> Result<void> { return ++made, Result<void>(); };
  const auto full = [](std::uint64_t index, ByteView) -> Result<void> {
    if (index == 3) return fail(Code::DiskFull, "full");
    return {};
  };
  EXPECT_EQ(make_in_order(1000, 2, make, full, {}).error().code, Code::DiskFull);
  EXPECT_LT(made.load(), 20U);
  StopSource source;
  source.cancel();
  const auto take = [](std::uint64_t, ByteView) { return Result<void>(); };
  EXPECT_EQ(make_in_order(10, 2, make, take, source.stop()).error().code, Code::Cancelled);
  EXPECT_EQ(make_in_order(10, 1, make, take, source.stop()).error().code, Code::Cancelled);
}

}  // namespace
}  // namespace tegula::tensor

#include "base/result.h"

#include <memory>

#include <gtest/gtest.h>

namespace tegula {
namespace {

Result<int> half(int n) {
  if (n % 2 != 0) return fail(Code::InvalidArgument, "odd", "give an even number");
  return n / 2;
}

Result<int> quarter(int n) { return TRY(half(TRY(half(n), "first"))); }

Result<std::unique_ptr<int>> boxed(int n) {
  auto box = TRY([&]() -> Result<std::unique_ptr<int>> { return std::make_unique<int>(n); }());
  return box;
}

Result<void> even(int n) {
  TRY(half(n));
  return {};
}

TEST(Result, TryTakesTheValueOrReturnsTheError) {
  EXPECT_EQ(quarter(8).value(), 2);
  const auto odd = quarter(7);
  ASSERT_FALSE(odd);
  EXPECT_EQ(odd.error().text, "first: odd");
  EXPECT_EQ(odd.error().hint, "give an even number");
  EXPECT_EQ(quarter(6).error().text, "odd");
}

TEST(Result, TryMovesWhatCannotBeCopied) { EXPECT_EQ(*boxed(3).value(), 3); }

TEST(Result, TryWorksOnVoid) {
  EXPECT_TRUE(even(2));
  EXPECT_EQ(even(1).error().code, Code::InvalidArgument);
}

TEST(Result, EveryCodeHasANameAndAnExitStatus) {
  EXPECT_EQ(code_name(Code::DiskFull), "disk_full");
  EXPECT_EQ(exit_status(Code::InvalidArgument), 2);
  EXPECT_EQ(exit_status(Code::NotFound), 3);
  EXPECT_EQ(exit_status(Code::Corrupt), 4);
  EXPECT_EQ(exit_status(Code::PermissionDenied), 5);
  EXPECT_EQ(exit_status(Code::DiskFull), 6);
  EXPECT_EQ(exit_status(Code::Cancelled), 130);
  EXPECT_EQ(exit_status(Code::Internal), 70);
}

}  // namespace
}  // namespace tegula

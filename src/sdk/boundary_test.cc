#include "sdk/boundary.h"

#include <memory>
#include <set>
#include <stdexcept>

#include <gtest/gtest.h>

namespace tegula::sdk {
namespace {

struct FreeError {
  void operator()(tegula_error* error) const { tegula_error_free(error); }
};
using OwnedError = std::unique_ptr<tegula_error, FreeError>;

TEST(Boundary, ErrorsHaveCodeTextAndHint) {
  const OwnedError error(guarded(
      []() -> Result<void> { return fail(Code::NotFound, "no such model", "look at the list"); }));
  EXPECT_EQ(tegula_error_code(error.get()), TEGULA_NOT_FOUND);
  EXPECT_STREQ(tegula_error_text(error.get()), "no such model");
  EXPECT_STREQ(tegula_error_hint(error.get()), "look at the list");
  EXPECT_EQ(guarded([] { return Result<void>(); }), nullptr);
}

TEST(Boundary, EveryCodeHasANameOfItsOwn) {
  EXPECT_STREQ(tegula_code_name(TEGULA_OK), "ok");
  std::set<std::string> names;
  for (int code = TEGULA_INVALID_ARGUMENT; code <= TEGULA_INTERNAL; ++code)
    names.insert(tegula_code_name(code));
  EXPECT_EQ(names.size(), 12U);
  EXPECT_EQ(names.count(""), 0U);
  EXPECT_STREQ(tegula_code_name(99), "");
  EXPECT_STREQ(tegula_code_name(TEGULA_PERMISSION_DENIED), "permission_denied");
}

TEST(Boundary, NoExceptionLeaves) {
  const auto code_of = [](auto throws) {
    const OwnedError error(guarded([&]() -> Result<void> {
      throws();
      return {};
    }));
    return tegula_error_code(error.get());
  };
  EXPECT_EQ(code_of([] { throw std::bad_alloc(); }), TEGULA_EXHAUSTED);
  EXPECT_EQ(code_of([] { throw std::runtime_error("x"); }), TEGULA_INTERNAL);
  EXPECT_EQ(code_of([] { throw 1; }), TEGULA_INTERNAL);
}

TEST(Boundary, NullIsFreedAndReadWithoutHarm) {
  tegula_error_free(nullptr);
  tegula_string_free(nullptr);
  EXPECT_EQ(tegula_error_code(nullptr), TEGULA_OK);
  EXPECT_STREQ(tegula_error_text(nullptr), "");
  EXPECT_STREQ(tegula_error_hint(nullptr), "");
}

// As of a program that was compiled against a newer header.
struct Newer {
  tegula_options known = TEGULA_OPTIONS_INIT;
  std::uint64_t later = 0;
};

TEST(Boundary, StructuresAreReadAtTheirSize) {
  EXPECT_EQ(read_struct<tegula_options>(nullptr, "o")->threads, 0U);
  tegula_options older = TEGULA_OPTIONS_INIT;
  older.memory_bytes = 7;
  older.threads = 9;
  older.size = offsetof(tegula_options, threads);
  EXPECT_EQ(read_struct(&older, "o")->memory_bytes, 7U);
  EXPECT_EQ(read_struct(&older, "o")->threads, 0U);

  Newer newer;
  newer.known.size = sizeof newer;
  EXPECT_TRUE(read_struct(&newer.known, "o"));
  newer.later = 1;
  EXPECT_EQ(read_struct(&newer.known, "o").error().code, Code::Unsupported);

  const tegula_options unset{};
  EXPECT_EQ(read_struct(&unset, "o").error().code, Code::InvalidArgument);
}

}  // namespace
}  // namespace tegula::sdk

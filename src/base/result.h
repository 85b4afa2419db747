// Errors are values. A function that may fail returns Result<T>; callers branch on Error::code,
// people read Error::text, hands follow Error::hint. Nothing in Tegula throws.
//
// Thread rule: values; safe to copy and move between threads.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace tegula {

// What went wrong, for machines. docs/reference/errors.md maps it to exit codes.
enum class Code {
  InvalidArgument,   // the input is malformed
  NotFound,          // it isn't there
  AlreadyExists,     // it is there and may not be
  Corrupt,           // bytes differ from their digest, or a format is broken
  Untrusted,         // verification refused it
  Unavailable,       // somebody else must act first (server down, lock held)
  Exhausted,         // a limit was reached
  DiskFull,          // no space left
  PermissionDenied,  // the operating system refuses, or the disk is read-only
  Unsupported,       // well-formed, but not something this build can do
  Cancelled,         // the user stopped it
  Internal,          // our own bug
};

// The stable name used in --json output and documents, such as "not_found".
std::string_view code_name(Code code);

// The process exit status for a code: 2 bad input, 3 not found, 4 not verified, 5 not reachable or
// not allowed, 6 a limit, 70 our bug, 130 interrupted.
int exit_status(Code code);

struct [[nodiscard]] Error {
  Code code = Code::Internal;
  std::string text;  // small first letter, no full stop, never a secret or a prompt
  std::string hint;  // what to do next; may be empty

  // Puts `context` in front of the text: "context: text".
  Error within(std::string_view context) &&;
};

template <class T>
using Result = std::expected<T, Error>;

// `return fail(Code::NotFound, "…", "…");` from any function that returns a Result.
[[nodiscard]] std::unexpected<Error> fail(Code code, std::string text, std::string hint = {});

namespace detail {

template <class T>
T take(Result<T>&& result) {
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

inline Error explain(Error&& error) { return std::move(error); }
inline Error explain(Error&& error, std::string_view context) {
  return std::move(error).within(context);
}

}  // namespace detail
}  // namespace tegula

// TRY(expr) is the value of a Result, or returns its error from the enclosing function.
// TRY(expr, "layer 3") puts the context in front of the error's text. TRYs may nest.
#define TRY(expr, ...) TEGULA_TRY_(TEGULA_JOIN_(try_result_, __COUNTER__), expr, __VA_ARGS__)
#define TEGULA_JOIN_(a, b) TEGULA_JOIN_NOW_(a, b)
#define TEGULA_JOIN_NOW_(a, b) a##b
#define TEGULA_TRY_(result, expr, ...)                                                      \
  __extension__({                                                                           \
    auto result = (expr);                                                                   \
    if (!result) [[unlikely]]                                                               \
      return std::unexpected(                                                               \
          ::tegula::detail::explain(std::move(result).error() __VA_OPT__(, ) __VA_ARGS__)); \
    ::tegula::detail::take(std::move(result));                                              \
  })

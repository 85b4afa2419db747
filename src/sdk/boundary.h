// What every function of the C interface does at its edge: no exception leaves, errors become
// objects, structures are read at the size that the caller knows.
//
// Thread rule: free functions.
#pragma once

#include <cstring>
#include <deque>
#include <new>
#include <string>

#include <fmt/format.h>
#include <tegula/tegula.h>

#include "base/result.h"

struct tegula_error {
  tegula::Error value;
};

namespace tegula::sdk {

// There is always memory for the error that says there is none.
tegula_error* no_memory() noexcept;
tegula_error* make_error(Error error) noexcept;

// `work` gives Result<void>.
template <class Work>
tegula_error* guarded(Work&& work) noexcept {
  try {
    Result<void> done = work();
    return done ? nullptr : make_error(std::move(done).error());
  } catch (const std::bad_alloc&) {
    return no_memory();
  } catch (const std::exception& error) {
    return make_error({Code::Internal, error.what(), "please report this"});
  } catch (...) {
    return make_error({Code::Internal, "an exception of an unknown kind", "please report this"});
  }
}

// The same of a function with an `out` parameter: `make` gives Result<std::unique_ptr<T>>.
template <class T, class Make>
tegula_error* made(T** out, Make&& make) noexcept {
  if (out != nullptr) *out = nullptr;
  return guarded([&]() -> Result<void> {
    if (out == nullptr) return fail(Code::InvalidArgument, "there is no place for the result");
    *out = TRY(make()).release();
    return {};
  });
}

inline Result<void> check_given(const void* argument, std::string_view name) {
  if (argument != nullptr) return {};
  return fail(Code::InvalidArgument, fmt::format("{} is null", name));
}

// A caller that was compiled against another version has a smaller structure, whose missing members
// are zero, or a larger one, of which we must not pass over anything but zeros.
template <class T>
Result<T> read_struct(const T* given, std::string_view name) {
  T out{};
  out.size = sizeof(T);
  if (given == nullptr) return out;
  if (given->size < sizeof given->size)
    return fail(Code::InvalidArgument, fmt::format("{}: its size is not set", name),
                "begin with its _INIT macro");
  const auto* bytes = reinterpret_cast<const unsigned char*>(given);
  for (std::size_t i = sizeof(T); i < given->size; ++i)
    if (bytes[i] != 0)
      return fail(Code::Unsupported, fmt::format("{}: a newer library is asked for", name),
                  fmt::format("this is {}", tegula_version()));
  std::memcpy(&out, given, std::min(given->size, sizeof(T)));
  out.size = sizeof(T);
  return out;
}

// Texts that live as long as the object that hands them out.
class Texts {
 public:
  const char* keep(std::string text) { return texts_.emplace_back(std::move(text)).c_str(); }

 private:
  std::deque<std::string> texts_;
};

// For tegula_string_free(); throws std::bad_alloc, which guarded() turns into an error.
char* new_string(const std::string& text);

}  // namespace tegula::sdk

#include "sdk/boundary.h"

namespace tegula::sdk {

tegula_error* no_memory() noexcept {
  static tegula_error error{{Code::Exhausted, "out of memory", ""}};  // fits into its strings
  return &error;
}

tegula_error* make_error(Error error) noexcept {
  auto* out = new (std::nothrow) tegula_error{std::move(error)};
  return out != nullptr ? out : no_memory();
}

char* new_string(const std::string& text) {
  char* out = new char[text.size() + 1];
  std::memcpy(out, text.c_str(), text.size() + 1);
  return out;
}

}  // namespace tegula::sdk

namespace {

using tegula::Code;

tegula_code code_of(Code code) {
  switch (code) {
    case Code::InvalidArgument: return TEGULA_INVALID_ARGUMENT;
    case Code::NotFound: return TEGULA_NOT_FOUND;
    case Code::AlreadyExists: return TEGULA_ALREADY_EXISTS;
    case Code::Corrupt: return TEGULA_CORRUPT;
    case Code::Untrusted: return TEGULA_UNTRUSTED;
    case Code::Unavailable: return TEGULA_UNAVAILABLE;
    case Code::Exhausted: return TEGULA_EXHAUSTED;
    case Code::DiskFull: return TEGULA_DISK_FULL;
    case Code::PermissionDenied: return TEGULA_PERMISSION_DENIED;
    case Code::Unsupported: return TEGULA_UNSUPPORTED;
    case Code::Cancelled: return TEGULA_CANCELLED;
    case Code::Internal: return TEGULA_INTERNAL;
  }
  return TEGULA_INTERNAL;
}

}  // namespace

const char* tegula_version() { return TEGULA_VERSION; }

const char* tegula_code_name(int code) {
  constexpr Code kLast = Code::Internal;
  if (code == TEGULA_OK) return "ok";
  for (int i = 0; i <= static_cast<int>(kLast); ++i)
    if (code_of(static_cast<Code>(i)) == code)
      return tegula::code_name(static_cast<Code>(i)).data();  // a literal
  return "";
}

tegula_code tegula_error_code(const tegula_error* error) {
  return error == nullptr ? TEGULA_OK : code_of(error->value.code);
}

const char* tegula_error_text(const tegula_error* error) {
  return error == nullptr ? "" : error->value.text.c_str();
}

const char* tegula_error_hint(const tegula_error* error) {
  return error == nullptr ? "" : error->value.hint.c_str();
}

void tegula_error_free(tegula_error* error) {
  if (error != tegula::sdk::no_memory()) delete error;
}

void tegula_string_free(char* text) { delete[] text; }

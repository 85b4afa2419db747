#include "os/shared_library.h"

#include <dlfcn.h>

#include <fmt/format.h>

#include "base/printable.h"

namespace tegula::os {
namespace {

std::unexpected<Error> failed(const Path& path) {
  const char* const reason = ::dlerror();
  return fail(Code::Unsupported, fmt::format("the library \"{}\" cannot be used: {}", path.string(),
                                             printable(reason == nullptr ? "" : reason, 400)));
}

}  // namespace

Result<void*> load_function(const Path& path, const std::string& name) {
  void* const library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (library == nullptr) return failed(path);
  void* const function = ::dlsym(library, name.c_str());
  if (function == nullptr) return failed(path);
  return function;
}

}  // namespace tegula::os

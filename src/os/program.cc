#include "os/program.h"

#include <dlfcn.h>

namespace tegula::os {

Path program_file() {
  std::error_code error;
  return std::filesystem::read_symlink("/proc/self/exe", error);
}

Path file_of_code(const void* code) {
  Dl_info info{};
  if (::dladdr(code, &info) == 0 || info.dli_fname == nullptr) return {};
  std::error_code error;
  return std::filesystem::canonical(info.dli_fname, error);
}

}  // namespace tegula::os

#include "infer/engine_folder.h"

#include <cerrno>
#include <sys/stat.h>

#include "os/errno.h"

namespace tegula::infer {

Result<EngineFolder> EngineFolder::make(const std::filesystem::path& run_folder, Random& random) {
  std::filesystem::path path = run_folder / ("engine-" + random_name(random).substr(0, 16));
  if (::mkdir(path.c_str(), 0700) == 0) return EngineFolder(std::move(path));
  return os::fail_errno(errno, "make the engine's folder", path);
}

EngineFolder& EngineFolder::operator=(EngineFolder&& other) noexcept {
  std::swap(path_, other.path_);
  return *this;
}

EngineFolder::~EngineFolder() {
  if (path_.empty()) return;
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace tegula::infer

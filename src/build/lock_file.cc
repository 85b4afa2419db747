#include "build/lock_file.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/limits.h"
#include "base/printable.h"

namespace tegula::build {

os::Path lock_path(const BuildSource& source) {
  return source.modelfile.empty() ? os::Path() : os::Path(source.modelfile.string() + ".lock");
}

Result<std::optional<Lock>> read_lock(const os::FileSystem& files, const os::Path& path) {
  const Result<std::string> text = os::read_file(files, path, limits::kLockBytesMax);
  if (!text && text.error().code == Code::NotFound) return std::optional<Lock>();
  Result<Lock> lock = Lock::parse(TRY(text));
  if (lock) return std::optional(std::move(*lock));
  if (lock.error().hint.empty())
    lock.error().hint =
        fmt::format("remove \"{}\" and build again", printable(path.string(), 1000));
  return std::unexpected(std::move(lock).error());
}

Result<void> forget(const std::vector<std::string>& names, Lock& lock) {
  for (const std::string& name : names) {
    if (name.empty()) {
      lock.inputs.clear();
      continue;
    }
    if (std::erase_if(lock.inputs, [&](const auto& input) { return input.name == name; }) > 0)
      continue;
    std::string known;
    for (const LockInput& input : lock.inputs)
      known += (known.empty() ? "" : ", ") + printable(input.name);
    return fail(Code::NotFound, fmt::format("the lock has no input \"{}\"", printable(name)),
                fmt::format("it has {}", known.empty() ? "none" : known));
  }
  return {};
}

Result<LockChanges> keep_lock(os::FileSystem& files, const os::Path& path, const Lock& lock) {
  const Result<std::optional<Lock>> before = read_lock(files, path);
  LockChanges changes;
  if (before && *before == lock) return changes;
  if (before && *before)
    changes = {differences(**before, lock), output_differences(**before, lock)};
  const std::string text = lock.encode();
  TRY(os::write_durably(files, path, bytes_of(text)));
  return changes;
}

}  // namespace tegula::build

#include "cli/build_lock.h"

#include <algorithm>

#include "base/limits.h"
#include "base/printable.h"

namespace tegula::cli {
namespace {

// Nothing if there is no such file.
Result<std::optional<build::Lock>> read_lock(const os::Path& path, os::FileSystem& files) {
  const Result<std::string> text = os::read_file(files, path, limits::kLockBytesMax);
  if (!text && text.error().code == Code::NotFound) return std::optional<build::Lock>();
  Result<build::Lock> lock = build::Lock::parse(TRY(text));
  if (lock) return std::optional(std::move(*lock));
  if (lock.error().hint.empty())
    lock.error().hint =
        fmt::format("remove \"{}\" and build again", printable(path.string(), 1000));
  return std::unexpected(std::move(lock).error());
}

// Forgets what --update names; without a value, everything.
Result<void> forget(const std::vector<std::string>& names, build::Lock& lock) {
  for (const std::string& name : names) {
    if (name.empty()) {
      lock.inputs.clear();
      continue;
    }
    if (std::erase_if(lock.inputs, [&](const auto& input) { return input.name == name; }) > 0)
      continue;
    std::string known;
    for (const build::LockInput& input : lock.inputs)
      known += (known.empty() ? "" : ", ") + printable(input.name);
    return fail(Code::NotFound, fmt::format("the lock has no input \"{}\"", printable(name)),
                fmt::format("it has {}", known.empty() ? "none" : known));
  }
  return {};
}

}  // namespace

os::Path lock_path(const BuildSource& source) {
  return source.modelfile.empty() ? os::Path() : os::Path(source.modelfile.string() + ".lock");
}

Result<void> use_lock(const Arguments& arguments, const os::Path& path, Session& session,
                      build::BuildRequest& request) {
  request.locked = arguments.has("locked");
  const bool update = arguments.has("update");
  if (request.locked && update)
    return fail(Code::InvalidArgument, "--locked and --update exclude each other");
  if (path.empty() && (request.locked || update))
    return fail(Code::InvalidArgument, "there is no lock without a Modelfile in a file",
                "a lock lies beside its Modelfile");
  if (path.empty()) return {};
  request.lock = TRY(read_lock(path, session.files()));
  if (update && request.lock) TRY(forget(arguments.values("update"), *request.lock));
  return {};
}

void keep_lock(const os::Path& path, const build::BuildResult& result, Session& session) {
  if (path.empty()) return;
  const std::string shown = printable(path.filename().string());
  const Result<std::optional<build::Lock>> before = read_lock(path, session.files());
  if (before && *before == result.lock) return;
  if (before && *before) {
    for (const std::string& change : differences(**before, result.lock))
      session.console().say(fmt::format("{}: {}", shown, change));
  }
  const std::string text = result.lock.encode();
  if (const auto kept = os::write_durably(session.files(), path, bytes_of(text)); !kept)
    session.console().warn(fmt::format("the lock could not be written: {}", kept.error().text));
}

}  // namespace tegula::cli

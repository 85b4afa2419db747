#include "cli/build_lock.h"

#include "base/printable.h"

namespace tegula::cli {
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
  request.lock = TRY(build::read_lock(session.files(), path));
  if (update && request.lock) TRY(build::forget(arguments.values("update"), *request.lock));
  return {};
}

void keep_lock(const os::Path& path, const build::BuildResult& result, Session& session) {
  if (path.empty()) return;
  const auto changes = build::keep_lock(session.files(), path, result.lock);
  if (!changes) {
    session.console().warn(fmt::format("the lock could not be written: {}", changes.error().text));
    return;
  }
  const std::string file = printable(path.filename().string());
  for (const std::string& change : changes->inputs)
    session.console().say(fmt::format("{}: {}", file, change));
  for (const std::string& change : changes->outputs)
    session.console().warn(
        fmt::format("{}: {}: it was made by another version of Tegula, or "
                    "changed by hand; --locked refuses this",
                    file, change));
}

}  // namespace tegula::cli

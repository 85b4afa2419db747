#include "cli/build_context.h"

#include "base/limits.h"
#include "cli/remote.h"
#include "cli/version.h"
#include "os/program.h"

namespace tegula::cli {
namespace {

constexpr std::uint64_t kProgramBytesMax = limits::kGiB;

build::BuilderInfo builder_info(const os::FileSystem& files) {
  build::BuilderInfo out{.version = std::string(program_version()), .program = {}};
  if (const auto bytes = os::read_file(files, os::program_file(), kProgramBytesMax))
    out.program = content::Digest::of(bytes_of(*bytes));
  return out;
}

}  // namespace

Result<build::BuildContext> build_context(Session& session) {
  content::Store* store = TRY(session.store());
  const config::Folders folders = TRY(session.folders());
  return build::BuildContext{
      *store,
      session.files(),
      folders.home,
      [&session](const std::string& name) -> Result<std::optional<build::FoundModel>> {
        return sdk::find_model(name, TRY(finder_context(session)));
      },
      [&session] { return builder_info(session.files()); },
      session.progress(),
      session.stop()};
}

Result<WallTime> source_date(Session& session) { return build::source_date(session.environment()); }

}  // namespace tegula::cli

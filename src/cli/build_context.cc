#include "cli/build_context.h"

#include <charconv>

#include "base/limits.h"
#include "cli/foreign.h"
#include "cli/remote.h"
#include "cli/version.h"

namespace tegula::cli {
namespace {

constexpr std::uint64_t kProgramBytesMax = limits::kGiB;

build::BuilderInfo builder_info(const os::FileSystem& files) {
  build::BuilderInfo out{.version = std::string(program_version()), .program = {}};
  std::error_code error;
  const os::Path self = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) return out;
  if (const auto bytes = os::read_file(files, self, kProgramBytesMax))
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
        if (auto kept = TRY(find_foreign(name, session))) return kept;
        return find_remote(name, session);
      },
      [&session] { return builder_info(session.files()); },
      session.progress(),
      session.stop()};
}

Result<WallTime> source_date(Session& session) {
  constexpr std::int64_t kSecondsMax = 253'402'300'799;  // the end of the year 9999
  const auto text = session.environment().get("SOURCE_DATE_EPOCH");
  if (!text || text->empty()) return WallTime{};
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), seconds);
  if (error != std::errc() || end != text->data() + text->size() || seconds < 0 ||
      seconds > kSecondsMax) {
    return fail(Code::InvalidArgument,
                fmt::format("SOURCE_DATE_EPOCH=\"{}\" is no number of seconds", *text));
  }
  if (seconds >
      std::chrono::duration_cast<std::chrono::seconds>(WallTime::max().time_since_epoch()).count())
    return fail(Code::InvalidArgument, fmt::format("SOURCE_DATE_EPOCH=\"{}\" is too far", *text));
  return WallTime{std::chrono::seconds(seconds)};
}

}  // namespace tegula::cli

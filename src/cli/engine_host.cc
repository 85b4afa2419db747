#include "cli/engine_host.h"

namespace tegula::cli {
namespace {

constexpr std::string_view kProgram = "tegula-engine";

Result<os::Path> find_engine(Session& session) {
  if (const auto given = session.environment().get("TEGULA_ENGINE"); given && !given->empty())
    return os::Path(*given);
  std::error_code error;
  const os::Path self = std::filesystem::read_symlink("/proc/self/exe", error);
  const os::Path folder = self.parent_path();
  const os::Path places[] = {folder / kProgram, folder / ".." / "libexec" / "tegula" / kProgram};
  for (const os::Path& place : places) {
    if (TRY(os::exists(session.files(), place))) return place;
  }
  return fail(Code::NotFound, fmt::format("the engine \"{}\" is not there", places[0].string()),
              "install it beside this program, or name it in TEGULA_ENGINE");
}

}  // namespace

Result<infer::EngineHost> engine_host(Session& session) {
  const config::Folders folders = TRY(session.folders());
  infer::EngineHost out;
  out.program = TRY(find_engine(session));
  out.run_folder = folders.run;
  out.log_file = folders.logs / "engine.log";
  out.clock = &session.clock();
  out.random = &session.random();
  TRY(os::make_folders(session.files(), folders.run, 0700));
  TRY(os::make_folders(session.files(), folders.logs, 0700));
  return out;
}

}  // namespace tegula::cli

#include "launch/engine_host.h"

#include <fmt/format.h>

namespace tegula::launch {
namespace {

constexpr std::string_view kProgram = "tegula-engine";

}  // namespace

Result<os::Path> find_engine(os::FileSystem& files, const os::Environment& environment,
                             const os::Path& folder) {
  if (const auto given = environment.get("TEGULA_ENGINE"); given && !given->empty())
    return os::Path(*given);
  const os::Path places[] = {folder / kProgram, folder / "../libexec/tegula" / kProgram,
                             folder / "../../libexec/tegula" / kProgram};
  for (const os::Path& place : places) {
    if (TRY(os::exists(files, place))) return place;
  }
  return fail(Code::NotFound, fmt::format("the engine \"{}\" is not there", places[0].string()),
              "install it beside this program, or name it in TEGULA_ENGINE");
}

Result<infer::EngineHost> engine_host(os::Path program, os::FileSystem& files,
                                      const config::Folders& folders, const Clock& clock,
                                      Random& random) {
  infer::EngineHost out;
  out.program = std::move(program);
  out.run_folder = folders.run;
  out.log_file = folders.logs / "engine.log";
  out.clock = &clock;
  out.random = &random;
  TRY(os::make_folders(files, folders.run, 0700));
  TRY(os::make_folders(files, folders.logs, 0700));
  return out;
}

}  // namespace tegula::launch

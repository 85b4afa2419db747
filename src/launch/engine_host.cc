#include "launch/engine_host.h"

#include <fmt/format.h>

namespace tegula::launch {
namespace {

constexpr std::string_view kProgram = "tegula-engine";
constexpr std::string_view kLibrary = "libtegula-engine.so";

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

Result<os::Path> find_engine_library(os::FileSystem& files, const os::Path& folder) {
  const os::Path places[] = {folder / "tegula" / kLibrary, folder / kLibrary};
  for (const os::Path& place : places) {
    // "tegula" may well be a file there.
    if (const auto there = os::exists(files, place); there && *there) return place;
  }
  return fail(Code::NotFound,
              fmt::format("the engine's library \"{}\" is not there", places[0].string()),
              "install it with this library, or have the engine run in a process of its own");
}

Result<infer::LibraryHost> library_host(os::Path library, os::FileSystem& files,
                                        const config::Folders& folders, const Clock& clock,
                                        Random& random) {
  TRY(os::make_folders(files, folders.run, 0700));
  return infer::LibraryHost{
      .library = std::move(library), .run_folder = folders.run, .clock = &clock, .random = &random};
}

}  // namespace tegula::launch

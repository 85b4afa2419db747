#include "config/folders.h"

#include <optional>

namespace tegula::config {
namespace {

// XDG variables count only if absolute.
std::optional<os::Path> absolute(const os::Environment& environment, std::string_view name) {
  const auto value = environment.get(name);
  if (!value || !value->starts_with('/')) return std::nullopt;
  return os::Path(*value);
}

}  // namespace

Result<Folders> find_folders(const os::Environment& environment) {
  const std::optional<os::Path> home = absolute(environment, "HOME");
  if (const auto root = environment.get("TEGULA_HOME"); root && !root->empty()) {
    const os::Path base = std::filesystem::absolute(*root).lexically_normal();
    return Folders{home.value_or(base), base / "config.toml", base,
                   base / "state",      base / "logs",        base / "run"};
  }
  if (!home) {
    return fail(Code::NotFound, "there is no home folder: HOME is not set",
                "set TEGULA_HOME to the folder that Tegula may use");
  }
  const os::Path config = absolute(environment, "XDG_CONFIG_HOME").value_or(*home / ".config");
  const os::Path data = absolute(environment, "XDG_DATA_HOME").value_or(*home / ".local/share");
  const os::Path state = absolute(environment, "XDG_STATE_HOME").value_or(*home / ".local/state");
  const auto runtime = absolute(environment, "XDG_RUNTIME_DIR");
  return Folders{*home,
                 config / "tegula" / "config.toml",
                 data / "tegula",
                 state / "tegula",
                 state / "tegula" / "logs",
                 runtime ? *runtime / "tegula" : state / "tegula" / "run"};
}

}  // namespace tegula::config

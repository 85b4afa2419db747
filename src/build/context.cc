#include "build/context.h"

#include <fmt/format.h>

namespace tegula::build {

os::Path BuildContext::locate(const std::string& written, const os::Path& folder) const {
  if (const auto place = places.find(written); place != places.end()) return place->second;
  if (written == "~") return home;
  if (written.starts_with("~/")) return home / written.substr(2);
  std::string_view rest = written;
  while (rest.starts_with("./")) rest.remove_prefix(2);
  return folder / rest;
}

Result<os::Path> real_path(const os::Path& path) {
  std::error_code error;
  os::Path real = std::filesystem::canonical(path, error);
  if (!error) return real;
  return fail(Code::NotFound, fmt::format("there is no file \"{}\"", path.string()));
}

}  // namespace tegula::build

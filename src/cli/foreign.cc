#include "cli/foreign.h"

#include "build/build_source.h"

namespace tegula::cli {
Result<std::vector<source::ForeignStore>> foreign_stores(Session& session) {
  const config::Folders folders = TRY(session.folders());
  return source::foreign_stores(folders.home, session.environment());
}

Result<content::Reference> foreign_reference(const std::string& name) {
  const std::size_t tag = name.rfind(':');
  std::string path;
  std::string_view rest = std::string_view(name).substr(0, tag);
  while (!rest.empty()) {
    const std::size_t slash = std::min(rest.find('/'), rest.size());
    path += (path.empty() ? "" : "/") + build::slug(rest.substr(0, slash));
    rest.remove_prefix(std::min(slash + 1, rest.size()));
  }
  if (tag != std::string::npos) path += name.substr(tag);
  return content::Reference::parse(path);
}

}  // namespace tegula::cli

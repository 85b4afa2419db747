#include "cli/foreign.h"

#include "cli/build_source.h"

namespace tegula::cli {
namespace {

// What the other program says beside the file, and we cannot do.
void warn_of(const source::ForeignModel& model, Session& session) {
  for (const source::ForeignFile& file : model.files) {
    if (file.role == source::ForeignRole::Projector || file.role == source::ForeignRole::Draft)
      session.console().warn(fmt::format("{}: the {} \"{}\" is left out", model.name,
                                         source::role_name(file.role), file.name));
  }
  if (!model.renderer.empty())
    session.console().warn(
        fmt::format("{}: its prompt format \"{}\" is code inside Ollama; the "
                    "model's own chat template is used",
                    model.name, model.renderer));
}

build::FoundModel found_of(const source::ForeignModel& model) {
  build::FoundModel out;
  const source::ForeignFile& first = model.files.front();
  out.files = {{first.path, first.name, first.stated}};
  for (const source::ForeignFile& file : model.files) {
    if (file.role == source::ForeignRole::Adapter) out.adapters.push_back(file.path);
  }
  if (model.renderer.empty()) out.chat_template = model.go_template;
  out.system = model.system;
  out.licenses = model.licenses;
  out.messages = model.messages;
  out.parameters = model.parameters;
  return out;
}

}  // namespace

Result<std::vector<source::ForeignStore>> foreign_stores(Session& session) {
  const config::Folders folders = TRY(session.folders());
  return source::foreign_stores(folders.home, session.environment());
}

Result<std::optional<build::FoundModel>> find_foreign(const std::string& name, Session& session) {
  if (!source::is_foreign_name(name)) return std::optional<build::FoundModel>();
  const std::vector<source::ForeignStore> stores = TRY(foreign_stores(session));
  const source::ForeignModel model = TRY(source::find_model(session.files(), stores, name));
  warn_of(model, session);
  return std::optional(found_of(model));
}

Result<content::Reference> foreign_reference(const std::string& name) {
  const std::size_t tag = name.rfind(':');
  std::string path;
  std::string_view rest = std::string_view(name).substr(0, tag);
  while (!rest.empty()) {
    const std::size_t slash = std::min(rest.find('/'), rest.size());
    path += (path.empty() ? "" : "/") + slug(rest.substr(0, slash));
    rest.remove_prefix(std::min(slash + 1, rest.size()));
  }
  if (tag != std::string::npos) path += name.substr(tag);
  return content::Reference::parse(path);
}

}  // namespace tegula::cli

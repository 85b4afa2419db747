#include "sdk/model_finder.h"

#include <fmt/format.h>

#include "source/foreign_store.h"

namespace tegula::sdk {
namespace {

// What the other program says beside the file, and we cannot do.
void warn_of(const source::ForeignModel& model, const FinderContext& context) {
  for (const source::ForeignFile& file : model.files) {
    if (file.role == source::ForeignRole::Projector || file.role == source::ForeignRole::Draft)
      context.warn(fmt::format("{}: the {} \"{}\" is left out", model.name,
                               source::role_name(file.role), file.name));
  }
  if (!model.renderer.empty())
    context.warn(
        fmt::format("{}: its prompt format \"{}\" is code inside Ollama; the "
                    "model's own chat template is used",
                    model.name, model.renderer));
}

// What both kinds of models say about how to run them.
template <class Model>
build::FoundModel settings_of(const Model& model) {
  build::FoundModel out;
  out.system = model.system;
  out.licenses = model.licenses;
  out.messages = model.messages;
  out.parameters = model.parameters;
  return out;
}

build::FoundModel found_of(const source::ForeignModel& model) {
  build::FoundModel out = settings_of(model);
  const source::ForeignFile& first = model.files.front();
  out.files = {{first.path, first.name, first.stated}};
  for (const source::ForeignFile& file : model.files) {
    if (file.role == source::ForeignRole::Adapter) out.adapters.push_back(file.path);
  }
  if (model.renderer.empty()) out.chat_template = model.go_template;
  return out;
}

Result<build::FoundModel> found_of(const source::RemoteModel& model, content::Store& store) {
  build::FoundModel out = settings_of(model);
  for (const source::RemoteFile& file : model.files) {
    os::Path path = TRY(store.blob_path(file.blob));
    out.files.push_back({std::move(path), file.name, file.blob.digest});
  }
  for (const source::RemoteFile& adapter : model.adapters)
    out.adapters.push_back(TRY(store.blob_path(adapter.blob)));
  out.chat_template = model.chat_template;
  return out;
}

std::string origin_of(const std::string& name) {
  if (name.starts_with("https://") || name.starts_with("http://")) return "https";
  if (name.starts_with("hf.co/") || name.starts_with("huggingface.co/")) return "hub";
  return "registry";
}

Result<build::FoundModel> find_foreign(const std::string& name, const FinderContext& context) {
  const std::vector<source::ForeignStore> stores =
      source::foreign_stores(context.user.home, context.user.environment);
  const source::ForeignModel model = TRY(source::find_model(context.user.files, stores, name));
  warn_of(model, context);
  return found_of(model);
}

// What is in the store under the model's local name is not fetched again, unless the name has a
// digest or a revision: it means that one, whatever was pulled under the rest of it.
Result<build::FoundModel> find_remote(const std::string& name, const FinderContext& context) {
  const bool is_pinned = name.find('@') != std::string::npos;
  const auto digest = context.store.resolve(TRY(source::local_name(name)));
  if (digest && !is_pinned) {
    build::FoundModel out;
    out.pack = *digest;
    return out;
  }
  const auto access = TRY(source::Access::open(context.user, {}, context.stop));
  return fetch_model(name, *access, context);
}

}  // namespace

Result<std::optional<build::FoundModel>> find_model(const std::string& name,
                                                    const FinderContext& context) {
  if (source::is_foreign_name(name)) return std::optional(TRY(find_foreign(name, context)));
  if (source::is_remote_name(name)) return std::optional(TRY(find_remote(name, context)));
  return std::optional<build::FoundModel>();
}

Result<build::FoundModel> fetch_model(const std::string& name, source::Access& access,
                                      const FinderContext& context) {
  std::shared_ptr<content::Lease> lease = TRY(context.store.lease());
  const source::Pulled pulled = TRY(
      source::pull(name, *lease, access.context(context.store, context.progress, context.warn)));
  build::FoundModel out;
  if (const auto* pack = std::get_if<content::Digest>(&pulled)) {
    out.pack = *pack;
  } else {
    const auto& model = std::get<source::RemoteModel>(pulled);
    for (const std::string& what : model.left_out)
      context.warn(fmt::format("{}: {} is left out", name, what));
    out = TRY(found_of(model, context.store));
  }
  out.origin = origin_of(name);
  out.lease = std::move(lease);
  return out;
}

}  // namespace tegula::sdk

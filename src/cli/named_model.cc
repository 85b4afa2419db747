#include "cli/named_model.h"

#include "base/printable.h"
#include "build/build_source.h"
#include "build/builder.h"
#include "cli/build_context.h"
#include "cli/foreign.h"
#include "cli/modelfile_text.h"
#include "cli/models.h"
#include "content/store.h"

namespace tegula::cli {
namespace {

Result<content::Reference> ensure_built(const build::Recipe& recipe, const os::Path& folder,
                                        const content::Reference& name, Session& session) {
  const WallTime created = TRY(source_date(session));
  const build::BuildRequest request{.recipe = recipe,
                                    .folder = folder,
                                    .name = name,
                                    .created = created,
                                    .event = std::string(build::kImportEvent)};
  const build::BuildResult result = TRY(build::build(request, TRY(build_context(session))));
  if (result.first().changed)
    session.console().say(
        fmt::format("\"{}\" is now {}", name.str(), content::short_form(result.first().digest)));
  return name;
}

Result<content::Reference> ensure_foreign(const std::string& text, Session& session) {
  build::Recipe recipe;
  recipe.from = text;
  recipe.text = TRY(build::from_line(text));
  return ensure_built(recipe, "/", TRY(foreign_reference(text)), session);
}

// Who runs a file did not ask to give up the model that was built under the file's name.
Result<void> check_free(const content::Reference& name, const os::Path& file, Session& session) {
  const content::Store* store = TRY(session.store());
  const Result<content::TagHistory> versions = store->versions(name);
  if (!versions && versions.error().code == Code::NotFound) return {};
  if (TRY(versions).back().event == build::kImportEvent) return {};
  return fail(Code::AlreadyExists, fmt::format("\"{}\" already names another model", name.str()),
              fmt::format("`tegula run {}` runs that one; `tegula build -t NAME {}` names the file",
                          name.str(), printable(file.string())));
}

Result<content::Reference> ensure_file(const os::Path& path, Session& session) {
  const build::BuildSource source = TRY(build::gguf_source(std::filesystem::absolute(path)));
  const std::string name = build::slug(source.default_name);
  if (name.empty())
    return fail(Code::InvalidArgument,
                fmt::format("\"{}\" has no name that a model could get", path.string()),
                "use `tegula build -t NAME FILE`");
  const content::Reference reference = TRY(model_reference(name));
  TRY(check_free(reference, path, session));
  return ensure_built(TRY(read_recipe({source.path, source.text}, session)), source.folder,
                      reference, session);
}

}  // namespace

Result<content::Reference> ensure_model(const std::string& text, Session& session) {
  if (source::is_foreign_name(text)) return ensure_foreign(text, session);
  if (text.ends_with(".gguf")) return ensure_file(text, session);
  return model_reference(text);
}

}  // namespace tegula::cli

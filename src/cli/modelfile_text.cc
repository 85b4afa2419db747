#include "cli/modelfile_text.h"

#include "base/limits.h"
#include "cli/command.h"
#include "cli/input.h"

namespace tegula::cli {

Result<ModelfileText> read_modelfile(const std::string& path, Session& session) {
  ModelfileText out;
  if (path == "-") {
    out.path = "stdin";
    out.text = TRY(read_stdin(limits::kModelfileBytesMax), "stdin");
  } else {
    out.path = path;
    out.text = TRY(os::read_file(session.files(), path, limits::kModelfileBytesMax));
  }
  return out;
}

Result<modelfile::Modelfile> parse_modelfile(const ModelfileText& file, modelfile::Dialect dialect,
                                             Session& session) {
  auto parsed = modelfile::parse(file.text, dialect);
  if (parsed) return std::move(*parsed);
  say_diagnostic(parsed.error(), file, session);
  return already_said(parsed.error().code);
}

Result<build::Recipe> read_recipe(const ModelfileText& file, Session& session) {
  const modelfile::Modelfile parsed =
      TRY(parse_modelfile(file, modelfile::Dialect::Tegula, session));
  auto recipe = build::recipe_of(parsed);
  if (recipe) return std::move(*recipe);
  say_diagnostic(recipe.error(), file, session);
  return already_said(recipe.error().code);
}

void say_diagnostic(const modelfile::Diagnostic& diagnostic, const ModelfileText& file,
                    Session& session) {
  std::string text = modelfile::render(diagnostic, file.path, file.text);
  while (text.ends_with('\n')) text.pop_back();
  session.console().say(text);
}

}  // namespace tegula::cli

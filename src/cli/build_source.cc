#include "cli/build_source.h"

#include <fmt/format.h>

#include "cli/command.h"

namespace tegula::cli {
namespace {

bool is_alphanumeric(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

}  // namespace

BuildSource gguf_source(const os::Path& path) {
  return {{path.string(), fmt::format("FROM ./{}\n", path.filename().string())},
          path.parent_path(),
          path.stem().string()};
}

// The grammar of a path component: alphanumerics, with single separators between them.
std::string slug(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (is_alphanumeric(lower(c))) {
      out += lower(c);
    } else if (!out.empty() && is_alphanumeric(out.back())) {
      out += c == '.' || c == '_' ? c : '-';
    }
  }
  while (!out.empty() && !is_alphanumeric(out.back())) out.pop_back();
  return out;
}

Result<build::Recipe> read_recipe(const ModelfileText& file, Session& session) {
  const modelfile::Modelfile parsed =
      TRY(parse_modelfile(file, modelfile::Dialect::Tegula, session));
  auto recipe = build::recipe_of(parsed);
  if (recipe) return std::move(*recipe);
  say_diagnostic(recipe.error(), file, session);
  return already_said(recipe.error().code);
}

}  // namespace tegula::cli

#include "cli/build_source.h"

#include <array>

#include <fmt/format.h>

#include "base/ascii.h"
#include "base/bytes.h"
#include "base/printable.h"
#include "base/utf8.h"
#include "cli/command.h"
#include "modelfile/printer.h"

namespace tegula::cli {
namespace {

bool is_alphanumeric(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

}  // namespace

Result<bool> is_gguf(const os::Path& path, os::FileSystem& files) {
  if (path.extension() == ".gguf") return true;
  std::array<std::uint8_t, 4> start{};
  const std::unique_ptr<os::File> file = TRY(files.open(path));
  return TRY(file->read_at(0, start)) == start.size() && text_of(start) == "GGUF";
}

Result<BuildSource> gguf_source(const os::Path& path) {
  const std::string name = path.filename().string();
  if (!is_utf8(name))
    return fail(Code::InvalidArgument,
                fmt::format("the name of the file \"{}\" is not UTF-8", printable(name)),
                "rename it");
  const std::string text = TRY(from_line("./" + name));
  return BuildSource{{path.string(), text}, path.parent_path(), path.stem().string()};
}

BuildSource folder_source(const os::Path& path) {
  return {{path.string(), "FROM .\n"}, path, path.filename().string()};
}

Result<std::string> from_line(const std::string& args) {
  modelfile::Command from;
  from.name = "model";
  from.args = args;
  return modelfile::print(from);
}

// The grammar of a path component: alphanumerics, with single separators between them.
std::string slug(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (is_alphanumeric(lower_ascii(c))) {
      out += lower_ascii(c);
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

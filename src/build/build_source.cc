#include "build/build_source.h"

#include <array>

#include <fmt/format.h>

#include "base/ascii.h"
#include "base/bytes.h"
#include "base/limits.h"
#include "base/printable.h"
#include "base/utf8.h"
#include "modelfile/printer.h"
#include "tensor/gguf_join.h"
#include "tensor/model_folder.h"

namespace tegula::build {
namespace {

bool is_alphanumeric(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

Result<os::Path> resolved(const os::Path& given) {
  std::error_code error;
  os::Path path = std::filesystem::canonical(given, error);
  if (!error) return path;
  return fail(Code::NotFound, fmt::format("there is no \"{}\"", given.string()),
              "give a folder with a Modelfile, a folder of safetensors, or a GGUF file");
}

// So is a folder of safetensors without a Modelfile.
BuildSource folder_source(const os::Path& path) {
  return {.path = path.string(),
          .text = "FROM .\n",
          .folder = path,
          .default_name = path.filename().string()};
}

Result<BuildSource> source_in_file(os::FileSystem& files, const std::string& modelfile,
                                   const os::Path& named_after) {
  const os::Path path = std::filesystem::absolute(modelfile);
  std::string text = TRY(os::read_file(files, modelfile, limits::kModelfileBytesMax));
  return BuildSource{.path = modelfile,
                     .text = std::move(text),
                     .folder = path.parent_path(),  // where its relative paths start
                     .default_name = named_after.filename().string(),
                     .written = true,
                     .modelfile = path};
}

}  // namespace

Result<BuildSource> source_at(os::FileSystem& files, const os::Path& given,
                              const std::string& modelfile) {
  const os::Path path = TRY(resolved(given));
  if (TRY(files.stat(path)).kind != os::FileKind::Folder) {
    if (modelfile.empty() && TRY(is_gguf(files, path))) {
      // A link's own name says more than what it leads to: Hugging Face caches link to hashes.
      return gguf_source(path.extension() == ".gguf" ? path : std::filesystem::absolute(given));
    }
    return fail(Code::InvalidArgument,
                fmt::format("\"{}\" is no folder and no GGUF file", given.string()),
                "a Modelfile is named with -f");
  }
  if (!modelfile.empty()) return source_in_file(files, modelfile, path);
  const os::Path usual = (given / "Modelfile").lexically_normal();
  if (!TRY(os::exists(files, usual)) && TRY(tensor::is_model_folder(files, path)))
    return folder_source(path);
  return source_in_file(files, usual.string(), path);
}

Result<BuildSource> source_of_text(std::string text, const os::Path& given) {
  const os::Path folder = TRY(resolved(given));
  return BuildSource{.path = "stdin",
                     .text = std::move(text),
                     .folder = folder,
                     .default_name = folder.filename().string(),
                     .written = true};
}

Result<bool> is_gguf(os::FileSystem& files, const os::Path& path) {
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
  std::string text = TRY(from_line("./" + name));
  const std::optional<tensor::PartName> part = tensor::part_name(name);
  return BuildSource{.path = path.string(),
                     .text = std::move(text),
                     .folder = path.parent_path(),
                     .default_name = part ? part->stem : path.stem().string()};
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

}  // namespace tegula::build

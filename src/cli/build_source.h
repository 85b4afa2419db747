// What `tegula build` is pointed at.
#pragma once

#include <string>
#include <string_view>

#include "build/builder.h"
#include "cli/modelfile_text.h"
#include "cli/session.h"

namespace tegula::cli {

// What the history says of a model made from a GGUF file or another program's model alone.
inline constexpr std::string_view kImportEvent = "imported";

// A Modelfile, the folder its paths start in, and a name if none is given.
struct BuildSource {
  ModelfileText file;
  os::Path folder;
  std::string default_name;
  bool written = false;     // by somebody, so that messages may name its lines
  os::Path modelfile = {};  // where it lies; empty: standard input, or made from a GGUF file
};

// Whether a file is to be read as a model: by its name, else by how it begins.
Result<bool> is_gguf(const os::Path& path, os::FileSystem& files);

// A GGUF file alone is a Modelfile with one line. InvalidArgument for a name that isn't UTF-8: it
// could not stand in the pack.
Result<BuildSource> gguf_source(const os::Path& path);

// So is a folder of safetensors without a Modelfile.
BuildSource folder_source(const os::Path& path);

// A Modelfile with one line, FROM.
Result<std::string> from_line(const std::string& args);

// A name people can type: "Qwen3 8B" becomes "qwen3-8b". Empty if nothing is left.
std::string slug(std::string_view text);

// Parses and checks the Modelfile; what is wrong goes to stderr with its line and caret.
Result<build::Recipe> read_recipe(const ModelfileText& file, Session& session);

}  // namespace tegula::cli

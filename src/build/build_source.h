// What a build is pointed at: a folder with a Modelfile, a folder of safetensors, a Modelfile, or
// one GGUF file. The latter three without a Modelfile are one of a single line.
//
// Thread rule: free functions.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "os/file_system.h"

namespace tegula::build {

// What the history says of a model made from a GGUF file or another program's model alone.
inline constexpr std::string_view kImportEvent = "imported";

// A Modelfile, the folder its paths start in, and a name if none is given.
struct BuildSource {
  std::string path = {};  // of the Modelfile or the model, as given, for messages
  std::string text = {};  // the Modelfile
  os::Path folder = {};
  std::string default_name = {};
  bool written = false;     // by somebody, so that messages may name its lines
  os::Path modelfile = {};  // where it lies; empty: standard input, or made from a model file
};

// What lies at `given`. `modelfile` is the one to take; empty: the one in the folder. NotFound and
// InvalidArgument say what may be given.
Result<BuildSource> source_at(os::FileSystem& files, const os::Path& given,
                              const std::string& modelfile = {});

// The same of a Modelfile that is no file, whose paths start at the folder `given`.
Result<BuildSource> source_of_text(std::string text, const os::Path& given);

// Whether a file is to be read as a model: by its name, else by how it begins.
Result<bool> is_gguf(os::FileSystem& files, const os::Path& path);

// A GGUF file alone is a Modelfile with one line. InvalidArgument for a name that isn't UTF-8: it
// could not stand in the pack.
Result<BuildSource> gguf_source(const os::Path& path);

// A Modelfile with one line, FROM.
Result<std::string> from_line(const std::string& args);

// A name people can type: "Qwen3 8B" becomes "qwen3-8b". Empty if nothing is left.
std::string slug(std::string_view text);

}  // namespace tegula::build

// Reading and writing Modelfiles for the commands that work on them.
#pragma once

#include <expected>
#include <string>

#include "build/recipe.h"
#include "cli/session.h"
#include "modelfile/parser.h"

namespace tegula::cli {

struct ModelfileText {
  std::string path;  // as the user gave it; "-" is stdin
  std::string text;
};

Result<ModelfileText> read_modelfile(const std::string& path, Session& session);

// Parses; a diagnostic goes to stderr with its line and caret, and already_said() comes back.
Result<modelfile::Modelfile> parse_modelfile(const ModelfileText& file, modelfile::Dialect dialect,
                                             Session& session);

// Parses and checks a Modelfile that is to be built, in the same way.
Result<build::Recipe> read_recipe(const ModelfileText& file, Session& session);

// Says a diagnostic on stderr, whatever its severity.
void say_diagnostic(const modelfile::Diagnostic& diagnostic, const ModelfileText& file,
                    Session& session);

}  // namespace tegula::cli

// Ollama's Modelfile parser, reproduced: a machine that takes one character at a time and has six
// states. Its quirks are part of the contract (docs/reference/modelfile.md, "Dialect ollama").
#pragma once

#include <expected>
#include <string_view>

#include "modelfile/command.h"
#include "modelfile/diagnostic.h"

namespace tegula::modelfile {

// `bytes` as in the file. An error's text is Ollama's, "(line N): " included.
std::expected<Modelfile, Diagnostic> parse_as_ollama(std::string_view bytes);

}  // namespace tegula::modelfile

// Commands in, text out.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "modelfile/command.h"
#include "modelfile/diagnostic.h"

namespace tegula::modelfile {

// In dialect tegula: parse(print(x)) == x for every x that parse() gives, one command a line or
// more. Refuses what no Modelfile can say (bad names or roles, text that is not UTF-8).
Result<std::string> print(const Modelfile& modelfile);
Result<std::string> print(const Command& command);

// As `ollama show --modelfile` prints it; Ollama may read something else back.
std::string print_as_ollama(const Modelfile& modelfile);

// For Ollama, exactly: parse(text, Dialect::Ollama) gives the same commands but for those the
// warnings name (TARGET and LABEL are left out). Refuses what Ollama can't say: characters it
// drops, values it has no quoting for, a Jinja template, an adapter's scale and a second adapter.
struct OllamaExport {
  std::string text;
  std::vector<Diagnostic> warnings;
};
std::expected<OllamaExport, Diagnostic> export_to_ollama(const Modelfile& modelfile);

}  // namespace tegula::modelfile

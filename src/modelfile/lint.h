// What a Modelfile that parses still gets wrong, before anything is built from it.
// docs/reference/modelfile.md, "Lint" lists the rules.
#pragma once

#include <string_view>
#include <vector>

#include "modelfile/command.h"
#include "modelfile/diagnostic.h"

namespace tegula::modelfile {

// In the order of the file. Errors are what `tegula build` refuses.
std::vector<Diagnostic> lint(const Modelfile& modelfile);

// Parses first; what the parser refuses is the one finding.
std::vector<Diagnostic> lint_text(std::string_view bytes, Dialect dialect = Dialect::Tegula);

}  // namespace tegula::modelfile

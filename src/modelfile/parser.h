// Text in, commands out.
#pragma once

#include <expected>
#include <string_view>

#include "base/result.h"
#include "modelfile/command.h"
#include "modelfile/diagnostic.h"

namespace tegula::modelfile {

// Parses a Modelfile's bytes. At least one FROM must be there. Errors: InvalidArgument, and
// Exhausted over limits::kModelfileBytesMax and kModelfileCommandsMax.
std::expected<Modelfile, Diagnostic> parse(std::string_view bytes,
                                           Dialect dialect = Dialect::Tegula);

// The same with the diagnostic as "path:line:col: text".
Result<Modelfile> parse_file(std::string_view path, std::string_view bytes,
                             Dialect dialect = Dialect::Tegula);

// "tegula", "ollama".
Result<Dialect> parse_dialect(std::string_view name);

}  // namespace tegula::modelfile

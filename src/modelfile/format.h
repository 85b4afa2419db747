// `tegula modelfile fmt`: one way to write a Modelfile.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "modelfile/diagnostic.h"

namespace tegula::modelfile {

// The same commands and comments with instructions in capitals, one blank between words, the
// printer's quotes, and at most one blank line in a row. UTF-8, LF, no byte order mark.
// format(format(x)) == format(x), and the commands stay what they were. Errors: the parser's, but
// for a missing FROM.
std::expected<std::string, Diagnostic> format(std::string_view bytes);

}  // namespace tegula::modelfile

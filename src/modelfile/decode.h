// A Modelfile's bytes as UTF-8 text. A byte order mark chooses UTF-8, UTF-16LE or UTF-16BE and is
// not part of the text; without one it is UTF-8.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "modelfile/diagnostic.h"

namespace tegula::modelfile {

// As golang.org/x/text does with BOMOverride(UTF8): each maximal part of a broken sequence becomes
// one U+FFFD (each byte of it after a UTF-8 mark), and so does a surrogate without its partner.
std::string decode_as_ollama(std::string_view bytes);

// Refuses what is broken ("not-utf8", "not-utf16") with its place.
std::expected<std::string, Diagnostic> decode_strictly(std::string_view bytes);

}  // namespace tegula::modelfile

// The parser of Tegula's own dialect: Ollama's grammar and meaning, TARGET, LABEL and raw values
// besides; no character is dropped and every refusal has a place.
//
// Thread rule: free functions over values.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "modelfile/command.h"
#include "modelfile/diagnostic.h"

namespace tegula::modelfile {

// A command or a comment, as they stand in the file; what format() works on.
struct Item {
  bool blank_line_before = false;
  std::string comment;             // from '#' to the end of the line; empty for a command
  std::optional<Command> command;  // empty for a comment
};

struct Document {
  std::vector<Item> items;
};

// Reads `bytes` (UTF-8, or UTF-16 with its mark). A missing FROM is no error here.
std::expected<Document, Diagnostic> parse_document(std::string_view bytes);

// The commands alone.
Modelfile commands_of(Document document);

}  // namespace tegula::modelfile

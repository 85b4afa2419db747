#include "modelfile/format.h"

#include "base/check.h"
#include "modelfile/printer.h"
#include "modelfile/tegula_parser.h"

namespace tegula::modelfile {

std::expected<std::string, Diagnostic> format(std::string_view bytes) {
  const std::expected<Document, Diagnostic> document = parse_document(bytes);
  if (!document) return std::unexpected(document.error());
  std::string text;
  for (const Item& item : document->items) {
    if (item.blank_line_before && !text.empty()) text += '\n';
    if (!item.command) {
      text += item.comment + "\n";
      continue;
    }
    const Result<std::string> line = print(*item.command);
    CHECK(line.has_value());  // what was parsed can be printed
    text += *line;
  }
  return text;
}

}  // namespace tegula::modelfile

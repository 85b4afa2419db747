#include "modelfile/diagnostic.h"

#include <fmt/core.h>

#include "base/printable.h"
#include "base/utf8.h"
#include "modelfile/characters.h"
#include "modelfile/decode.h"

namespace tegula::modelfile {
namespace {

constexpr int kCharsBeforeCaret = 70;  // of a long line, what is shown of it
constexpr int kCharsAfterCaret = 30;

std::string_view line_of(std::string_view text, int line) {
  for (; line > 1; --line) {
    const std::size_t end = text.find_first_of("\r\n");
    if (end == std::string_view::npos) return {};
    text.remove_prefix(end + newline_size(text.substr(end)));
  }
  return text.substr(0, text.find_first_of("\r\n"));
}

// The source line and, under the column, the caret. Tabs stay tabs in both, so that they meet
// whatever the terminal's tab stops are.
struct Excerpt {
  std::string line;
  std::string caret;
};

struct Glyph {
  std::string text;
  int columns;
};

Glyph glyph_of(char32_t c) {
  if (c != '\t' && is_invisible(c)) {
    std::string name = "<" + code_point_name(c) + ">";
    const int columns = static_cast<int>(name.size());
    return {std::move(name), columns};
  }
  std::string text;
  utf8_append(text, c);
  return {std::move(text), display_columns(c)};
}

Excerpt excerpt_of(std::string_view line, int caret_column) {
  Excerpt out;
  int column = 1;
  if (caret_column > kCharsBeforeCaret + 1) out = {"…", " "};
  for (; !line.empty() && column <= caret_column + kCharsAfterCaret; ++column) {
    const CodePoint point = utf8_next(line);
    line.remove_prefix(point.bytes);
    if (column + kCharsBeforeCaret < caret_column) continue;
    const Glyph glyph = glyph_of(point.value);
    out.line += glyph.text;
    if (column < caret_column)
      out.caret +=
          point.value == '\t' ? "\t" : std::string(static_cast<std::size_t>(glyph.columns), ' ');
  }
  if (!line.empty()) out.line += "…";
  out.caret += "^";
  return out;
}

std::string location_of(const Diagnostic& diagnostic, std::string_view path) {
  const Place place = diagnostic.place;
  if (place.line == 0 || place.column == 0) return printable(path, 1000);
  return fmt::format("{}:{}:{}", printable(path, 1000), place.line, place.column);
}

std::string_view severity_name(Severity severity) {
  switch (severity) {
    case Severity::Error: return "error";
    case Severity::Warning: return "warning";
  }
  return "error";
}

}  // namespace

std::string render(const Diagnostic& diagnostic, std::string_view path, std::string_view source) {
  std::string out = fmt::format("{}: {}: {}\n", location_of(diagnostic, path),
                                severity_name(diagnostic.severity), diagnostic.text);
  if (diagnostic.place.line > 0 && diagnostic.place.column > 0) {
    const std::string text = decode_as_ollama(source);
    const Excerpt excerpt =
        excerpt_of(line_of(text, diagnostic.place.line), diagnostic.place.column);
    out += fmt::format("  {}\n  {}\n", excerpt.line, excerpt.caret);
  }
  if (!diagnostic.hint.empty()) out += fmt::format("hint: {}\n", diagnostic.hint);
  return out;
}

Error error_of(const Diagnostic& diagnostic, std::string_view path) {
  return {diagnostic.code, location_of(diagnostic, path) + ": " + diagnostic.text, diagnostic.hint};
}

}  // namespace tegula::modelfile

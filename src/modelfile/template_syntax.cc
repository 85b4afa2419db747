#include <algorithm>
#include <array>

#include "modelfile/characters.h"
#include "modelfile/go_template.h"

namespace tegula::modelfile {
namespace {

constexpr std::array<std::string_view, 11> kGoWords = {"if",    "else",     "end",        "range",
                                                       "with",  "define",   "template",   "block",
                                                       "break", "continue", "currentDate"};

// Whether what follows "{{" can only be Go: a dot, a $, a /* or a word that is no Jinja expression.
bool is_go_action(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  text = trim(text);
  if (text.starts_with('.') || text.starts_with('$') || text.starts_with("/*")) return true;
  const auto* const end = std::ranges::find_if_not(text, [](char c) { return is_name_char(c); });
  const std::string_view word(text.begin(), end);
  return std::ranges::find(kGoWords, word) != kGoWords.end();
}

}  // namespace

TemplateSyntax detect_template(std::string_view text) {
  bool has_action = text.find("{%") != std::string_view::npos;
  for (std::size_t i = text.find("{{"); i != std::string_view::npos; i = text.find("{{", i + 2)) {
    // An action is short; a bound keeps this linear.
    if (is_go_action(text.substr(i + 2, 64))) return TemplateSyntax::Go;
    has_action = true;
  }
  return has_action ? TemplateSyntax::Jinja : TemplateSyntax::Plain;
}

}  // namespace tegula::modelfile

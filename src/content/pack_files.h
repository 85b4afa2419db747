// File paths inside a pack that more than one module knows.
#pragma once

#include <string_view>

namespace tegula::content {

// The chat template as it was written in Go's language, where the pack's Jinja was made from it:
// nothing here runs it, and Ollama's twin of the pack has it (docs/reference/ollama-twin.md).
inline constexpr std::string_view kGoTemplateFile = "template.gotmpl";

}  // namespace tegula::content

// A model's name as Ollama has it, in its folder of manifests and in print.
//
// Thread rule: a value.
#pragma once

#include <string>
#include <string_view>

#include "os/file_system.h"

namespace tegula::source {

inline constexpr std::string_view kOllamaHost = "registry.ollama.ai";
inline constexpr std::string_view kOllamaNamespace = "library";

struct OllamaName {
  std::string host, space, model, tag;

  os::Path path() const { return os::Path(host) / space / model / tag; }

  // Defaults left out, as Ollama prints it.
  std::string str() const {
    std::string out;
    if (host != kOllamaHost) out += host + "/";
    if (host != kOllamaHost || space != kOllamaNamespace) out += space + "/";
    return out + model + ":" + tag;
  }
};

}  // namespace tegula::source

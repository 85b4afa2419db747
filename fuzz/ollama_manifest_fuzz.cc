// What Ollama leaves on disk: whatever is accepted is within its limits and has one model.
#include <algorithm>

#include "base/check.h"
#include "base/limits.h"
#include "source/ollama_manifest.h"

using namespace tegula::source;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = tegula::text_of({data, size});
  if (const auto manifest = parse_ollama_manifest(text)) {
    CHECK(manifest->layers.size() <= tegula::limits::kManifestLayersMax);
    CHECK(std::ranges::count(manifest->layers, OllamaLayer::Model, &OllamaManifest::Layer::kind) ==
          1);
  }
  if (const auto messages = parse_ollama_messages(text))
    for (const auto& message : *messages) CHECK(!message.role.empty());
  static_cast<void>(parse_ollama_config(text));
  static_cast<void>(parse_ollama_params(text));
  return 0;
}

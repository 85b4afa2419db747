// Ollama's manifest, params and messages as they lie on disk: manifests/<host>/<namespace>/<model>/
// <tag> and small blobs (docs/reference/foreign-stores.md). Inside of this folder only.
//
// Errors: Corrupt, Unsupported for layers whose meaning would be lost.
// Thread rule: values and pure functions.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "content/descriptor.h"
#include "content/runtime_settings.h"

namespace tegula::source {

enum class OllamaLayer {
  Model,
  Projector,
  Adapter,
  Draft,
  Template,
  System,
  Params,
  Messages,
  License,
};

struct OllamaManifest {
  struct Layer {
    OllamaLayer kind = OllamaLayer::Model;
    content::Descriptor blob;
  };
  content::Descriptor config;
  std::vector<Layer> layers;
};

struct OllamaConfig {
  std::string renderer;
  std::string parser;
  std::string requires_version;
};

Result<OllamaManifest> parse_ollama_manifest(std::string_view json);

// Unsupported for models that run elsewhere, and for those that are not GGUF.
Result<OllamaConfig> parse_ollama_config(std::string_view json);

Result<std::map<std::string, content::Parameter>> parse_ollama_params(std::string_view json);
Result<std::vector<content::Message>> parse_ollama_messages(std::string_view json);

}  // namespace tegula::source

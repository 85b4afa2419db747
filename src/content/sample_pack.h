// A small Modelpack for tests: real files with real digests.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "content/manifest.h"
#include "content/model_config.h"

namespace tegula::content {

// Path in the pack and bytes. The first is tegula.json.
std::vector<std::pair<std::string, std::string>> sample_files();

ModelConfig sample_config();
Manifest sample_manifest();

// A layer whose bytes are its path.
Descriptor sample_layer(const std::string& path);

Descriptor layer_of(const std::string& path, std::string_view bytes);

}  // namespace tegula::content

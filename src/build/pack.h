// The parts of a Modelpack put together: text layers, config and manifest
// (docs/reference/manifest.md).
//
// Thread rule: free functions over values.
#pragma once

#include <map>
#include <string>

#include "build/base_model.h"
#include "content/manifest.h"
#include "content/model_config.h"

namespace tegula::build {

struct PackParts {
  const BaseModel& base;    // the draft is stored; settings and texts are not yet
  const ModelFiles& model;  // of the target: the base's, or made from them
  const std::vector<StoredAdapter>& adapters;  // in the target's form
  const std::map<std::string, std::string>& labels;
  WallTime created{};
};

struct Pack {
  content::Manifest manifest;
  content::ModelConfig config;
};

// Stores text layers and config. The manifest is returned, not stored.
Result<Pack> assemble(const PackParts& parts, content::Lease& lease, content::Store& store);

// The Modelfile that builds this pack again, to the same digest, from its own files: what travels
// in it.
Result<std::string> modelfile_of(const content::RuntimeSettings& settings, const PackParts& parts);

}  // namespace tegula::build

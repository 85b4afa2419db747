// A model that may run: its name is a digest, every layer's bytes were checked, its model files
// passed our own reader, and its settings are understood (DESIGN §7, steps 1, 4 and 5).
//
// Thread rule: a resource; one thread at a time.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/progress.h"
#include "base/result.h"
#include "base/stop.h"
#include "content/manifest.h"
#include "content/reference.h"
#include "content/runtime_settings.h"
#include "content/store.h"
#include "tensor/gguf.h"
#include "tensor/model_info.h"

namespace tegula::launch {

// A weight layer: the open descriptor whose bytes were checked, and what it says.
struct WeightFile {
  std::string path;  // in the pack
  content::VerifiedBlob blob;
  tensor::Gguf gguf;
  tensor::ModelInfo info;
};

struct VerifiedModel {
  content::Reference reference;
  content::Digest digest;
  content::Manifest manifest;
  content::RuntimeSettings settings;
  WeightFile model;
  std::vector<WeightFile> adapters;  // in the order of settings.adapters
  std::optional<WeightFile> draft;
  std::string chat_template;              // Jinja; empty: the model's own
  std::unique_ptr<content::Lease> lease;  // keeps garbage collection away; none: read-only store
};

// Errors: NotFound, Corrupt (naming layer and piece), Untrusted, Unsupported; each names the model.
Result<VerifiedModel> verify_model(content::Store& store, const content::Reference& reference,
                                   Progress& progress, const Stop& stop);

// The settings alone, for commands that only show them.
Result<content::RuntimeSettings> read_settings(content::Store& store,
                                               const content::Manifest& manifest,
                                               Progress& progress, const Stop& stop);

}  // namespace tegula::launch

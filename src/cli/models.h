// Names of models, as the commands take and show them.
#pragma once

#include <string>
#include <vector>

#include "cli/session.h"
#include "content/model_config.h"
#include "content/reference.h"
#include "content/store.h"

namespace tegula::cli {

// Every name in the store; none if there is no store. For completion: never fails.
std::vector<std::string> model_names(Session& session);

// A name typed by the user. NotFound comes from the store later, with did-you-mean.
Result<content::Reference> model_reference(const std::string& text);

// What `list` and `show` say of a model without opening its weights.
struct PackSummary {
  content::Manifest manifest;
  content::ModelConfig config;
  std::uint64_t bytes = 0;  // of all layers and the config
};
Result<PackSummary> summary_of(const content::Digest& digest, Session& session);

}  // namespace tegula::cli

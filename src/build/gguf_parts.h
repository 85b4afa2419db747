// A model that comes as GGUF files in parts becomes one file: a Modelpack has one GGUF layer, which
// is what every consumer of packs takes, and what the engine is handed as one open file.
//
// Errors: those of tensor/gguf_join.h and of the store. Thread rule: free functions.
#pragma once

#include <string>
#include <vector>

#include "build/model_files.h"

namespace tegula::build {

// Whether these files are the parts of one model, by the first one's name.
bool is_in_parts(const std::vector<FoundFile>& files);

// The set that the file `first` begins, which lies in a folder with the others. Links are followed.
Result<std::vector<FoundFile>> find_parts(const os::Path& first, const BuildContext& context);

struct JoinedParts {
  ModelFiles model;
  std::vector<content::Descriptor> parts;  // as they came: what the lock names
};

// `path`, `name` and `expected` of the request are not used. The parts stay where they are.
Result<JoinedParts> import_parts(const std::vector<FoundFile>& parts, const ImportRequest& request,
                                 content::Lease& lease, const BuildContext& context);

}  // namespace tegula::build

// From a model's files to a target: as they are, converted, or quantised
// (docs/reference/conversion.md).
//
// Errors: Unsupported for a pair of formats that there is no way between, with those there are;
// those of the converters and the store. Thread rule: free functions.
#pragma once

#include <string>

#include "build/model_files.h"
#include "build/target.h"
#include "tensor/importance.h"

namespace tegula::build {

struct ConversionRequest {
  const ModelFiles& source;
  const Target& target;
  std::string name;  // of files that are made: "qwen3-8b" gives "qwen3-8b-q4_k_m.gguf"
  const tensor::ImportanceMatrix* importance = nullptr;  // null: none
  WallTime modified{};                                   // SOURCE_DATE_EPOCH
};

Result<ModelFiles> convert(const ConversionRequest& request, content::Lease& lease,
                           const BuildContext& context);

// Refuses a pair that convert() has no way between, before any file is read twice.
Result<void> check_convertible(Format source, const Target& target);

}  // namespace tegula::build

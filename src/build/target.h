// TARGET lines: the forms a model is built in (docs/reference/modelfile.md#targets).
//
// Thread rule: values. Errors: InvalidArgument.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "build/model_files.h"
#include "modelfile/schema.h"
#include "tensor/file_type.h"
#include "tensor/mlx_affine.h"
#include "tensor/safetensors.h"

namespace tegula::build {

struct Target {
  Format format = Format::Gguf;
  std::optional<tensor::FileType> quant = {};         // of a GGUF file
  std::string imatrix = {};                           // a path as written; empty: none
  std::string file = {};                              // the GGUF file's name; empty: a default
  std::optional<tensor::MlxFormat> mlx = {};          // quantised so
  std::optional<tensor::SafetensorsType> dtype = {};  // of safetensors

  // Takes the numbers as the model has them.
  bool keeps_numbers() const { return !quant && !mlx && !dtype; }

  std::string line() const;  // "gguf quant=Q4_K_M": one form for all spellings
  std::string name() const;  // "gguf-q4_k_m": the end of a tag
};

Result<Target> target_of(const modelfile::Target& written);

// The target of a model that is taken as it is.
Target plain_target(Format format);

}  // namespace tegula::build
